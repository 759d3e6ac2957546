//! SVG becomes PNG or PDF.

use krilla::Document;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla_svg::{SurfaceExt, SvgSettings};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg;

use crate::error::PictureError;
use crate::fonts::Fonts;
use crate::page::{Picture, check};

fn tree(picture: &Picture, fonts: &Fonts, format: &'static str) -> Result<usvg::Tree, PictureError> {
    fonts.need()?;
    let options = usvg::Options { fontdb: fonts.database.clone(), ..usvg::Options::default() };
    usvg::Tree::from_str(&picture.svg, &options)
        .map_err(|e| PictureError::Encode { format, reason: e.to_string() })
}

/// A picture as PNG, each of its pixels drawn as `scale` times `scale`.
///
/// # Errors
/// There is no font, or the scaled picture is too large.
pub fn png(picture: &Picture, scale: f32, fonts: &Fonts) -> Result<Vec<u8>, PictureError> {
    let wrong = |reason: String| PictureError::Encode { format: "PNG", reason };
    let scale = if scale.is_finite() { scale.clamp(0.25, 4.0) } else { 1.0 };
    let side = |pixels: u32| (f64::from(pixels) * f64::from(scale)).round() as u32;
    let (width, height) = (side(picture.width), side(picture.height));
    check(width, height)?;
    let tree = tree(picture, fonts, "PNG")?;
    let mut pixels =
        Pixmap::new(width, height).ok_or_else(|| wrong(format!("no memory for {width}x{height} pixels")))?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|e| wrong(e.to_string()))
}

/// Pictures as a PDF with a page each, of the picture's own size; texts stay texts.
///
/// # Errors
/// There is no font.
pub fn pdf(pictures: &[Picture], title: &str, fonts: &Fonts) -> Result<Vec<u8>, PictureError> {
    let wrong = |reason: &str| PictureError::Encode { format: "PDF", reason: reason.to_owned() };
    // A pixel of a screen is three quarters of a point.
    const POINTS: f32 = 0.75;
    let mut document = Document::new();
    document.set_metadata(Metadata::new().title(title.to_owned()));
    for picture in pictures {
        let tree = tree(picture, fonts, "PDF")?;
        let (width, height) = (picture.width as f32 * POINTS, picture.height as f32 * POINTS);
        let settings = PageSettings::from_wh(width, height).ok_or_else(|| wrong("the page has no size"))?;
        let size = krilla::geom::Size::from_wh(width, height).ok_or_else(|| wrong("the page has no size"))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        surface
            .draw_svg(&tree, size, SvgSettings::default())
            .ok_or_else(|| wrong("the picture cannot be drawn"))?;
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|e| PictureError::Encode { format: "PDF", reason: format!("{e:?}") })
}
