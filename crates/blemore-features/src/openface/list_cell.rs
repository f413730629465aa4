//! Lists of numbers in a cell, as Python prints them.

use blemore_base::number;

/// What wraps a number or a list: `np.float32(0.1)`, `tensor([0.1], device='cuda:0')`.
const WRAPPERS: [&str; 11] =
    ["tensor", "array", "float", "float16", "float32", "float64", "double", "half", "int", "int32", "int64"];
/// Deeper lists hold no row of numbers.
const MAX_DEPTH: usize = 8;

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ListCell {
    /// A number that is no list.
    Number(f64),
    /// The numbers of a list, or of the only list in it.
    List(Vec<f64>),
}

impl ListCell {
    /// Reads `[0.1, nan]`, `[[0.1, 0.2]]`, `[np.float32(0.1)]`, `array([0.1 0.2])`, `tensor([[0.1]],
    /// dtype=...)` and single numbers in the same wrappers.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parser = Parser { rest: text };
        let cell = parser.item(0)?;
        parser.rest.trim_start().is_empty().then_some(cell)
    }

    /// The list of these items, or the only list among them.
    fn of(mut items: Vec<Self>) -> Option<Self> {
        if let [Self::List(_)] = items[..] {
            return items.pop();
        }
        let numbers = items.into_iter().map(|item| match item {
            Self::Number(value) => Some(value),
            Self::List(_) => None,
        });
        numbers.collect::<Option<_>>().map(Self::List)
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn item(&mut self, depth: usize) -> Option<ListCell> {
        self.skip_blanks();
        if depth > MAX_DEPTH {
            return None;
        }
        for (open, close) in [('[', ']'), ('(', ')')] {
            if self.accept(open) {
                return self.items(close, depth).and_then(ListCell::of);
            }
        }
        let word = self.word();
        if word.is_empty() {
            return None;
        }
        if !self.rest.starts_with('(') {
            return number::parse(word).map(ListCell::Number);
        }
        // The C library of Windows writes `-nan(ind)`.
        if let Some(length) = self.rest.find(')')
            && number::is_missing(&format!("{word}{}", &self.rest[..=length]))
        {
            self.rest = &self.rest[length + 1..];
            return Some(ListCell::Number(f64::NAN));
        }
        let name = word.rsplit('.').next().unwrap_or_default();
        if !WRAPPERS.contains(&name) || !self.accept('(') {
            return None;
        }
        let mut items = self.items(')', depth)?;
        items.pop().filter(|_| items.is_empty())
    }

    /// Items up to the closing bracket, between commas or blanks. Keywords such as `dtype=float32` are left
    /// out.
    fn items(&mut self, close: char, depth: usize) -> Option<Vec<ListCell>> {
        let mut items = Vec::new();
        loop {
            self.skip_blanks();
            if self.accept(close) {
                return Some(items);
            }
            if !self.skip_keyword(close) {
                items.push(self.item(depth + 1)?);
            }
            self.skip_blanks();
            self.accept(',');
        }
    }

    /// Whether a keyword stood here, which is left out with its value.
    fn skip_keyword(&mut self, close: char) -> bool {
        let name = self.rest.find(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
        let Some(value) = name.and_then(|length| self.rest[length..].strip_prefix('=')) else { return false };
        let mut open = 0_usize;
        let end = value.find(|letter| {
            match letter {
                '(' | '[' => open += 1,
                _ if open == 0 && (letter == ',' || letter == close) => return true,
                ')' | ']' => open = open.saturating_sub(1),
                _ => {}
            }
            false
        });
        self.rest = &value[end.unwrap_or(value.len())..];
        true
    }

    fn word(&mut self) -> &'a str {
        let ends = |letter: char| letter.is_whitespace() || ",[]()=".contains(letter);
        let (word, rest) = self.rest.split_at(self.rest.find(ends).unwrap_or(self.rest.len()));
        self.rest = rest;
        word
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn accept(&mut self, sign: char) -> bool {
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }
}
