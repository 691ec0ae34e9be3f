//! A text as it reads once its escapes are undone, with the place of every byte in the original: so a secret is found however
//! many of its letters were escaped.

/// Decoded bytes, and where each began in the original.
pub(super) struct View {
    pub(super) bytes: Vec<u8>,
    /// One more than bytes: the last one is the end.
    at: Vec<usize>,
    /// Where an escape begins that the text breaks off in.
    broken: Option<usize>,
    /// Undone without regard to meaning: only encodings that may be wrapped are searched for.
    pub(super) unwrapped: bool,
}

/// One escape at the beginning of a text.
enum Escape {
    /// What it stands for, and its length.
    Whole(Vec<u8>, usize),
    /// The text ends before it does.
    Broken,
    /// None.
    No,
}

type Decoder = fn(&[u8]) -> Escape;

/// The first byte of each kind of escape, and how it is read.
const DECODERS: [(u8, Decoder); 3] = [(b'%', percent), (b'&', entity), (b'\\', backslash)];

impl View {
    /// Where the original of byte `at` begins (or, one past the last, where the original ends).
    pub(super) fn place(&self, at: usize) -> usize {
        self.at[at]
    }

    /// Where an escape begins that the text breaks off in.
    pub(super) fn broken(&self) -> Option<usize> {
        self.broken
    }
}

/// Every way to read the text that undoes something: one kind of escapes, or two kinds one after the other (or one twice).
pub(super) fn of(content: &[u8]) -> Vec<View> {
    let mut views = Vec::new();
    for decoder in &DECODERS {
        let Some(once) = decoded(content, decoder) else { continue };
        for again in &DECODERS {
            if let Some(twice) = decoded(&once.bytes, again) {
                let at = twice.at.iter().map(|at| once.at[*at]).collect();
                let broken = twice.broken.map(|at| once.at[at]).or(once.broken);
                views.push(View { bytes: twice.bytes, at, broken, unwrapped: false });
            }
        }
        views.push(once);
    }
    views.extend(unwrapped(content));
    views
}

fn decoded(content: &[u8], (first, decode): &(u8, Decoder)) -> Option<View> {
    if !content.contains(first) {
        return None;
    }
    let mut view = View { bytes: Vec::with_capacity(content.len()), at: Vec::new(), broken: None, unwrapped: false };
    let (mut place, mut changed) = (0, false);
    while place < content.len() {
        let escape = if content[place] == *first { decode(&content[place..]) } else { Escape::No };
        match escape {
            Escape::Whole(meaning, length) => {
                view.at.extend(std::iter::repeat_n(place, meaning.len()));
                view.bytes.extend(meaning);
                place += length;
                changed = true;
            }
            Escape::Broken => {
                view.broken = Some(place);
                changed = true;
                break;
            }
            Escape::No => {
                view.at.push(place);
                view.bytes.push(content[place]);
                place += 1;
            }
        }
    }
    view.at.push(place);
    changed.then_some(view)
}

fn unwrapped(content: &[u8]) -> Option<View> {
    if !content.contains(&b'\n') {
        return None;
    }
    let kept = content.iter().enumerate().filter(|(_, byte)| !byte.is_ascii_whitespace());
    let (mut at, bytes): (Vec<usize>, Vec<u8>) = kept.map(|(at, byte)| (at, *byte)).unzip();
    at.push(content.len());
    Some(View { bytes, at, broken: None, unwrapped: true })
}

/// `%7e`
fn percent(text: &[u8]) -> Escape {
    match text.get(1..3) {
        Some(digits) => digits_of(digits, 16).map_or(Escape::No, |code| Escape::Whole(vec![code as u8], 3)),
        None if text[1..].iter().all(u8::is_ascii_hexdigit) => Escape::Broken,
        None => Escape::No,
    }
}

/// `&amp;`, `&#38;`, `&#x26;`
fn entity(text: &[u8]) -> Escape {
    const LONGEST: usize = 12;
    const NAMES: [(&str, char); 36] = [
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("quot", '"'),
        ("apos", '\''),
        ("excl", '!'),
        ("num", '#'),
        ("dollar", '$'),
        ("percnt", '%'),
        ("lpar", '('),
        ("rpar", ')'),
        ("ast", '*'),
        ("plus", '+'),
        ("comma", ','),
        ("period", '.'),
        ("sol", '/'),
        ("colon", ':'),
        ("semi", ';'),
        ("equals", '='),
        ("quest", '?'),
        ("commat", '@'),
        ("lsqb", '['),
        ("lbrack", '['),
        ("bsol", '\\'),
        ("rsqb", ']'),
        ("rbrack", ']'),
        ("Hat", '^'),
        ("lowbar", '_'),
        ("grave", '`'),
        ("lcub", '{'),
        ("lbrace", '{'),
        ("verbar", '|'),
        ("vert", '|'),
        ("rcub", '}'),
        ("rbrace", '}'),
        ("tilde", '~'),
    ];
    let near = &text[1..text.len().min(LONGEST)];
    let Some(end) = near.iter().position(|byte| *byte == b';') else {
        let may_go_on = text.len() < LONGEST && near.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'#');
        return if may_go_on { Escape::Broken } else { Escape::No };
    };
    let name = &near[..end];
    let code = match name {
        [b'#', b'x' | b'X', digits @ ..] => digits_of(digits, 16).and_then(char::from_u32),
        [b'#', digits @ ..] => digits_of(digits, 10).and_then(char::from_u32),
        name => NAMES.iter().find(|(known, _)| known.as_bytes() == name).map(|(_, letter)| *letter),
    };
    code.map_or(Escape::No, |letter| Escape::Whole(utf8(letter), end + 2))
}

/// As in JSON, C, Java, shells: `\n`, `\"`, `\u0022`, `\u{22}`, `\x22`, `\042`; before any other letter, that letter.
fn backslash(text: &[u8]) -> Escape {
    let Some(kind) = text.get(1) else { return Escape::Broken };
    let numbered = |from: usize, digits: usize, radix: u32| match text.get(from..from + digits) {
        Some(found) => digits_of(found, radix).map(|code| (code, from + digits)).ok_or(Escape::No),
        None => Err(Escape::Broken),
    };
    let as_it_is = || Escape::Whole(vec![*kind], 2);
    match kind {
        b'n' => Escape::Whole(vec![b'\n'], 2),
        b't' => Escape::Whole(vec![b'\t'], 2),
        b'r' => Escape::Whole(vec![b'\r'], 2),
        b'b' => Escape::Whole(vec![8], 2),
        b'f' => Escape::Whole(vec![12], 2),
        b'x' => match numbered(2, 2, 16) {
            Ok((code, length)) => Escape::Whole(vec![code as u8], length),
            Err(Escape::Broken) => Escape::Broken,
            Err(_) => as_it_is(),
        },
        b'0'..=b'3' => match numbered(1, 3, 8) {
            Ok((code, length)) => Escape::Whole(vec![code as u8], length),
            Err(Escape::Broken) => Escape::Broken,
            Err(_) => as_it_is(),
        },
        b'u' if text.get(2) == Some(&b'{') => match text.iter().take(11).position(|byte| *byte == b'}') {
            Some(end) => digits_of(&text[3..end], 16)
                .and_then(char::from_u32)
                .map_or_else(as_it_is, |letter| Escape::Whole(utf8(letter), end + 1)),
            None if text.len() < 11 => Escape::Broken,
            None => as_it_is(),
        },
        b'u' => match numbered(2, 4, 16) {
            Ok((high @ 0xd800..=0xdbff, _)) => match (text.get(6..8), numbered(8, 4, 16)) {
                (Some(b"\\u"), Ok((low @ 0xdc00..=0xdfff, length))) => {
                    let letter = char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
                    letter.map_or_else(as_it_is, |letter| Escape::Whole(utf8(letter), length))
                }
                (Some(b"\\u"), Err(Escape::Broken)) | (None, _) => Escape::Broken,
                _ => as_it_is(),
            },
            Ok((code, length)) => char::from_u32(code).map_or_else(as_it_is, |letter| Escape::Whole(utf8(letter), length)),
            Err(Escape::Broken) => Escape::Broken,
            Err(_) => as_it_is(),
        },
        _ => as_it_is(),
    }
}

fn digits_of(digits: &[u8], radix: u32) -> Option<u32> {
    // Without a sign, which the standard library would take.
    let all = !digits.is_empty() && digits.iter().all(|digit| char::from(*digit).is_digit(radix));
    all.then(|| std::str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, radix).ok())).flatten()
}

fn utf8(letter: char) -> Vec<u8> {
    letter.to_string().into_bytes()
}
