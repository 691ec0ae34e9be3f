//! Components for the tests, written as core WebAssembly text against the contract's own WIT.

use std::path::{Path, PathBuf};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// Where data begins in a guest's memory.
const BASE: u32 = 1024;
/// Zeroes: as the result of `run` they mean "decided".
pub const DECIDED: u32 = 64;
/// Room for the results of host calls.
pub const RESULT: u32 = 256;

/// What a check of the guest declares.
#[derive(Clone)]
pub struct Declared {
    pub id: &'static str,
    pub needs: Vec<Need>,
    pub expectations: Vec<&'static str>,
}

#[derive(Clone, Copy)]
pub enum Need {
    Shell,
    Sql,
    Http,
    Net,
    Adapter(&'static str),
}

/// A component in the making.
pub struct Guest {
    data: Vec<u8>,
    pub name: &'static str,
    pub checks: Vec<Declared>,
    /// Core imports and further functions.
    pub items: String,
    /// Body of `run(id pointer $p, id length $n) -> result pointer`; `$h` and `$i` are free.
    pub run: String,
    /// Body of `describe`, before it answers.
    pub describing: String,
    pub contract: PathBuf,
    /// Of the contract.
    pub version: &'static str,
    /// Further packages, and the world.
    pub packages: Vec<String>,
    pub world: String,
}

/// The contract's WIT files.
pub fn contract() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/wit")
}

impl Guest {
    /// A component with one check named `only`.
    pub fn new(needs: &[Need]) -> Self {
        Self {
            data: Vec::new(),
            name: "fixture",
            checks: vec![Declared { id: "only", needs: needs.to_vec(), expectations: vec!["seen"] }],
            items: String::new(),
            run: format!("(i32.const {DECIDED})"),
            describing: String::new(),
            contract: contract(),
            version: "0.2.0",
            packages: Vec::new(),
            world: "touchstone:contract/check".to_owned(),
        }
    }

    /// Puts bytes into memory, aligned; returns where.
    pub fn put(&mut self, bytes: &[u8]) -> u32 {
        while !self.data.len().is_multiple_of(8) {
            self.data.push(0);
        }
        let at = BASE + u32::try_from(self.data.len()).unwrap();
        self.data.extend_from_slice(bytes);
        at
    }

    fn words(&mut self, words: &[u32]) -> u32 {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.put(&bytes)
    }

    fn string(&mut self, text: &str) -> [u32; 2] {
        [self.put(text.as_bytes()), u32::try_from(text.len()).unwrap()]
    }

    /// Pointer and length as two constants.
    pub fn text(&mut self, text: &str) -> String {
        let [at, length] = self.string(text);
        format!("(i32.const {at}) (i32.const {length})")
    }

    /// A list of strings as two constants.
    pub fn texts(&mut self, texts: &[&str]) -> String {
        let parts: Vec<u32> = texts.iter().flat_map(|text| self.string(text)).collect();
        let at = self.words(&parts);
        format!("(i32.const {at}) (i32.const {})", texts.len())
    }

    fn both(&mut self, text: &str) -> [u32; 4] {
        let [at, length] = self.string(text);
        [at, length, at, length]
    }

    fn needs(&mut self, needs: &[Need]) -> [u32; 2] {
        let mut words = Vec::new();
        for need in needs {
            words.extend(match need {
                Need::Shell => [0, 0, 0],
                Need::Sql => [1, 0, 0],
                Need::Http => [2, 0, 0],
                Need::Net => [3, 0, 0],
                Need::Adapter(name) => {
                    let [at, length] = self.string(name);
                    [4, at, length]
                }
            });
        }
        [self.words(&words), u32::try_from(needs.len()).unwrap()]
    }

    fn description(&mut self) -> u32 {
        let mut words = Vec::new();
        let checks = self.checks.clone();
        for check in &checks {
            words.extend(self.string(check.id));
            for text in ["title", "question", "effect"] {
                words.extend(self.both(text));
            }
            words.extend(self.string("host"));
            words.extend(self.needs(&check.needs));
            words.push(0);
            let mut expectations = Vec::new();
            for id in &check.expectations {
                expectations.extend(self.string(id));
                expectations.extend(self.both("title"));
            }
            words.push(self.words(&expectations));
            words.push(u32::try_from(check.expectations.len()).unwrap());
            words.extend([0, 0, 10_000]);
        }
        let list = self.words(&words);
        let name = self.string(self.name);
        let version = self.string("1.0.0");
        self.words(&[name[0], name[1], version[0], version[1], list, u32::try_from(checks.len()).unwrap()])
    }

    /// Core imports of the shell: `$open`, `$command`, `$defer`, `$scratch`, `$drop`.
    pub fn use_shell(&mut self) {
        self.items.push_str(
            r#"(import "touchstone:contract/shell@0.2.0" "open" (func $open (param i32 i32 i32 i32)))
            (import "touchstone:contract/shell@0.2.0" "[method]session.run"
                (func $command (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
            (import "touchstone:contract/shell@0.2.0" "[method]session.scratch" (func $scratch (param i32 i32)))
            "#,
        );
    }

    /// Opens the first node into `$h`, or returns the error.
    pub fn open(&self) -> String {
        format!(
            "(call $open (i32.const 0) (i32.const 0) (i32.const 0) (i32.const {RESULT}))
            (if (i32.load8_u (i32.const {RESULT})) (then (return (i32.const {RESULT}))))
            (local.set $h (i32.load (i32.const {})))",
            RESULT + 4
        )
    }

    /// Runs a command on `$h`, or returns the error.
    pub fn command(&mut self, argv: &[&str]) -> String {
        let argv = self.texts(argv);
        let zero = "(i32.const 0) ".repeat(9);
        // The output holds a 64-bit figure, so that an error lies four bytes further than in the result of `run`.
        let error = RESULT + 4;
        format!(
            "(call $command (local.get $h) {argv} {zero} (i32.const {RESULT}))
            (if (i32.load8_u (i32.const {RESULT})) (then
                (i32.store8 (i32.const {error}) (i32.const 1)) (return (i32.const {error}))))"
        )
    }

    /// Core imports `$report` and `$report_same`.
    pub fn use_expect(&mut self) {
        for (name, id) in [("report", "$report"), ("report-same-look", "$report_same")] {
            let parameters = "i32 ".repeat(12);
            let import = r#"(import "touchstone:contract/expect@0.2.0""#;
            self.items.push_str(&format!("{import} \"{name}\" (func {id} (param {parameters})))\n"));
        }
    }

    /// Reports an expectation as met, or returns the error.
    pub fn met(&mut self, expectation: &str) -> String {
        self.met_by("$report", expectation)
    }

    /// The same, resting on what the decision before rests on.
    pub fn met_by_the_same_look(&mut self, expectation: &str) -> String {
        self.met_by("$report_same", expectation)
    }

    fn met_by(&mut self, function: &str, expectation: &str) -> String {
        let (id, figure) = (self.text(expectation), self.text("1"));
        // The judgement and the four words of a reason that it does not have.
        let met = "(i32.const 0) ".repeat(5);
        format!(
            "(call {function} {id} {met} {figure} {figure} (i32.const {RESULT}))
            (if (i32.load8_u (i32.const {RESULT})) (then (return (i32.const {RESULT}))))"
        )
    }

    /// Core import of `$write`.
    pub fn use_log(&mut self) {
        self.items.push_str(r#"(import "touchstone:contract/log@0.2.0" "write" (func $write (param i32 i32 i32)))"#);
    }

    /// As a component of checks.
    pub fn checks(mut self) -> Vec<u8> {
        let description = self.description();
        let exports = format!(
            r#"(func (export "touchstone:contract/checks@0.2.0#describe") (result i32) {} (i32.const {description}))
            (func (export "touchstone:contract/checks@0.2.0#run") (param $p i32) (param $n i32) (result i32)
                (local $h i32) (local $i i32) {})"#,
            self.describing, self.run
        );
        self.encode(&exports)
    }

    /// As an adapter with the interface `endpoints`, whose function `list` has `run` as its body.
    pub fn adapter(mut self, needs: &[Need], function: &str) -> Vec<u8> {
        let (name, version, title) = (self.string(self.name), self.string("2.0.0"), self.both("product"));
        let needs = self.needs(needs);
        let words: Vec<u32> = [&name[..], &version, &title, &needs].concat();
        let description = self.words(&words);
        if self.world == "touchstone:contract/check" {
            self.packages.push(
                "package touchstone:fixture; world product { include touchstone:contract/adapter@0.2.0; \
                 export touchstone:contract/endpoints@0.2.0; }"
                    .to_owned(),
            );
            self.world = "touchstone:fixture/product".to_owned();
        }
        let exports = format!(
            r#"(func (export "touchstone:contract/adapter-info@0.2.0#describe") (result i32) (i32.const {description}))
            (func (export "touchstone:contract/endpoints@0.2.0#{function}") (result i32) (local $h i32) (local $i i32) {})"#,
            self.run
        );
        self.encode(&exports)
    }

    /// As a core module with these exports.
    pub fn core(&self, exports: &str) -> Vec<u8> {
        let data: String = self.data.iter().map(|byte| format!("\\{byte:02x}")).collect();
        let heap = (BASE as usize + self.data.len()).next_multiple_of(65536);
        let pages = heap / 65536 + 1;
        let text = format!(
            r#"(module {items}
            (memory (export "memory") {pages})
            (global $heap (mut i32) (i32.const {heap}))
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
                (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
                (global.set $heap (i32.add (local.get $at) (local.get 3)))
                (block $enough
                    (loop $grow
                        (br_if $enough (i32.le_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536))))
                        (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then (unreachable)))
                        (br $grow)))
                (local.get $at))
            {exports}
            (data (i32.const {BASE}) "{data}"))"#,
            items = self.items,
        );
        wat::parse_str(text).unwrap()
    }

    /// As a component with these core exports.
    pub fn encode(&self, exports: &str) -> Vec<u8> {
        let mut module = self.core(&exports.replace("@0.2.0", &format!("@{}", self.version)));
        let mut resolve = Resolve::default();
        let (mut package, _) = resolve.push_dir(&self.contract).unwrap();
        for (number, text) in self.packages.iter().enumerate() {
            package = resolve.push_str(format!("package-{number}.wit"), text).unwrap();
        }
        let world = self.world.split_once('/').unwrap().1;
        let world = resolve.select_world(&[package], Some(world)).unwrap();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false).unwrap();
        ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap()
    }
}

/// The answer of an adapter that knows one endpoint, as a result pointer.
pub fn one_endpoint(guest: &mut Guest, url: &str) -> u32 {
    let (purpose, url) = (guest.string("application"), guest.string(url));
    let list = guest.words(&[purpose[0], purpose[1], url[0], url[1], 0, 0, 0]);
    guest.words(&[0, list, 1])
}
