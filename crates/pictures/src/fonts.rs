//! The fonts that texts are drawn with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use resvg::usvg::fontdb::{Database, Family, Query};

use crate::error::PictureError;

/// Where fonts lie on common systems.
const USUAL: [&str; 4] =
    ["/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/texmf/fonts", "/System/Library/Fonts"];
/// Families for texts that name none, the ones that look best first.
const PREFERRED: [&str; 9] = [
    "Pretendard",
    "Inter",
    "Noto Sans KR",
    "Noto Sans CJK KR",
    "Noto Sans",
    "NanumGothic",
    "Liberation Sans",
    "DejaVu Sans",
    "Arial",
];

/// Fonts, read once and shared by all pictures.
#[derive(Clone, Debug)]
pub struct Fonts {
    /// The faces.
    pub database: Arc<Database>,
    looked: Vec<PathBuf>,
}

impl Fonts {
    /// Looks through a directory, or where systems keep fonts. Font files are only mapped into memory when they are used.
    pub fn load(directory: Option<&Path>) -> Fonts {
        let looked: Vec<PathBuf> = match directory {
            Some(directory) => vec![directory.to_owned()],
            None => {
                let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/share/fonts"));
                USUAL.iter().map(PathBuf::from).chain(home).collect()
            }
        };
        let mut database = Database::new();
        for directory in &looked {
            database.load_fonts_dir(directory);
        }
        let has = |family: &str| {
            database.query(&Query { families: &[Family::Name(family)], ..Query::default() }).is_some()
        };
        let first =
            database.faces().next().and_then(|face| face.families.first().map(|(name, _)| name.clone()));
        let preferred = PREFERRED.into_iter().find(|family| has(family)).map(str::to_owned).or(first);
        if let Some(family) = preferred {
            database.set_sans_serif_family(family.as_str());
            database.set_serif_family(family);
        }
        Fonts { database: Arc::new(database), looked }
    }

    /// Refuses to draw without any font: a picture without texts says nothing.
    ///
    /// # Errors
    /// No font was found.
    pub fn need(&self) -> Result<(), PictureError> {
        if !self.database.is_empty() {
            return Ok(());
        }
        let looked = self.looked.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
        Err(PictureError::NoFont { looked })
    }
}
