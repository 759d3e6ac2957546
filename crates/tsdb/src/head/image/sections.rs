//! The frame of an image: sections with a checksum each, and a last one that counts them.

use super::{Kind, MAGIC};
use crate::disk::{DiskPath, Sequential};
use crate::encoding::{Cursor, crc32c, put_uvarint};
use crate::error::FileError;

/// Kind, length, checksum.
const HEADER_BYTES: usize = 9;
/// Bytes gathered before each write.
const BUFFER_BYTES: usize = 1 << 20;

/// Writes sections.
pub struct Writer {
    file: Sequential,
    sections: u64,
    bytes: u64,
}

impl Writer {
    /// Starts a file, which is emptied if it is there.
    ///
    /// # Errors
    /// [`FileError::Io`], as all below.
    pub fn create(path: &DiskPath) -> Result<Writer, FileError> {
        let mut file = path.create()?.sequential(BUFFER_BYTES);
        file.write(&MAGIC)?;
        Ok(Writer { file, sections: 0, bytes: MAGIC.len() as u64 })
    }

    /// Adds a section and empties `contents`; an empty one is left out.
    pub fn section(&mut self, kind: Kind, contents: &mut Vec<u8>) -> Result<(), FileError> {
        if contents.is_empty() {
            return Ok(());
        }
        let length = u32::try_from(contents.len()).map_err(|_| FileError::Unwritable {
            path: self.file.path().path().to_owned(),
            reason: format!("a section of {} bytes", contents.len()),
        })?;
        let mut header = [kind as u8; HEADER_BYTES];
        header[1..5].copy_from_slice(&length.to_be_bytes());
        header[5..].copy_from_slice(&crc32c(contents).to_be_bytes());
        self.file.write(&header)?;
        self.file.write(contents)?;
        self.sections += 1;
        self.bytes += (HEADER_BYTES + contents.len()) as u64;
        contents.clear();
        Ok(())
    }

    /// Ends the file and makes it durable. Returns its size.
    pub fn end(mut self) -> Result<u64, FileError> {
        let mut contents = Vec::new();
        put_uvarint(&mut contents, self.sections);
        self.section(Kind::End, &mut contents)?;
        self.file.sync()?;
        Ok(self.bytes)
    }
}

/// A section as it stands in the file. Its checksum is not verified yet.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    /// What it holds.
    pub kind: Kind,
    /// Where its contents begin in the file.
    pub offset: usize,
    contents: &'a [u8],
    checksum: u32,
}

/// Why an image cannot be read: what, where, and what stands there instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Where in the file.
    pub offset: usize,
    /// What must stand there.
    pub expected: &'static str,
    /// What stands there.
    pub found: String,
}

impl<'a> Section<'a> {
    /// Returns the contents.
    pub fn contents(&self) -> Result<&'a [u8], Damage> {
        let found = crc32c(self.contents);
        if found == self.checksum {
            return Ok(self.contents);
        }
        let found = format!("{found:08x} instead of {:08x}", self.checksum);
        Err(Damage { offset: self.offset, expected: "the checksum of the section", found })
    }

    /// Reports contents that contradict themselves.
    pub fn damage(&self, expected: &'static str, cursor: &Cursor<'_>) -> Damage {
        let found = format!("something else, {} bytes before the section's end", cursor.remaining());
        Damage { offset: self.offset + cursor.position(), expected, found }
    }
}

/// Finds all sections of a whole file, without the last.
pub fn sections(file: &[u8]) -> Result<Vec<Section<'_>>, Damage> {
    let damage = |offset: usize, expected: &'static str, found: String| Damage { offset, expected, found };
    let Some(magic) = file.first_chunk::<8>().filter(|magic| **magic == MAGIC) else {
        let found = format!("{:02x?}", &file[..file.len().min(MAGIC.len())]);
        return Err(damage(0, "the mark of an image", found));
    };
    let mut cursor = Cursor::at(file, magic.len());
    let mut found = Vec::new();
    loop {
        let at = cursor.position();
        let header = (cursor.u8(), cursor.be32(), cursor.be32());
        let (Some(kind), Some(length), Some(checksum)) = header else {
            return Err(damage(at, "a section", format!("{} bytes", file.len() - at)));
        };
        let Some(kind) = Kind::of(kind) else {
            return Err(damage(at, "a section of a known kind", format!("kind {kind}")));
        };
        let offset = cursor.position();
        let left = cursor.remaining();
        let Some(contents) = cursor.bytes(length as usize) else {
            return Err(damage(at, "a whole section", format!("{left} of {length} bytes")));
        };
        let section = Section { kind, offset, contents, checksum };
        if kind != Kind::End {
            found.push(section);
            continue;
        }
        let count = Cursor::new(section.contents()?).uvarint();
        if count != Some(found.len() as u64) || !cursor.is_empty() {
            let told = format!("{count:?} of {} sections, {} bytes behind", found.len(), cursor.remaining());
            return Err(damage(offset, "the number of sections at the end of the file", told));
        }
        return Ok(found);
    }
}
