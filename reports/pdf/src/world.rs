//! What the typesetter may see: the template, the data, the attachment, the fonts. No file, no network, no clock.

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _};

const TEMPLATE: &str = include_str!("paper.typ");

pub struct World {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    main: Source,
    data: Bytes,
    attachment: Bytes,
}

impl World {
    pub fn new(fonts: Vec<Font>, data: String, attachment: String) -> World {
        World {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            main: Source::new(file("/paper.typ"), TEMPLATE.to_owned()),
            data: Bytes::from_string(data),
            attachment: Bytes::from_string(attachment),
        }
    }
}

fn file(path: &str) -> FileId {
    // The names are our own and name no folder above.
    let path = VirtualPath::new(path).unwrap_or_else(|_| unreachable!("a plain name"));
    RootedPath::new(VirtualRoot::Project, path).intern()
}

impl typst::World for World {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() { Ok(self.main.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        match id.vpath().get_without_slash() {
            "data.json" => Ok(self.data.clone()),
            "report.json" => Ok(self.attachment.clone()),
            _ => Err(FileError::AccessDenied),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
