//! `NaN`, `Infinity` and `-Infinity`, which Python's `json` writes although JSON has no such words.

use std::io::{self, Read};

/// Bytes taken from the source at a time.
const CHUNK: usize = 16 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Puts the three words into quotation marks, so that a strict JSON parser passes them on as texts; every other byte
/// goes through as it is, but for a byte order mark at the start.
///
/// No JSON value starts with `N` or `I`, so outside of texts these letters can only begin such a word.
pub(super) struct QuotedLiterals<R> {
    source: R,
    state: State,
    ready: Vec<u8>,
    taken: usize,
    ended: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Start,
    Outside,
    Text,
    Escape,
    Word,
    /// After a minus sign, which is held back because it may belong to `-Infinity`.
    Minus,
}

impl<R: Read> QuotedLiterals<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, state: State::Start, ready: Vec::new(), taken: 0, ended: false }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.taken = 0;
        while self.ready.is_empty() && !self.ended {
            let mut chunk = Vec::with_capacity(CHUNK);
            self.source.by_ref().take(CHUNK as u64).read_to_end(&mut chunk)?;
            self.ended = chunk.len() < CHUNK;
            self.translate(&chunk);
        }
        Ok(())
    }

    fn translate(&mut self, chunk: &[u8]) {
        let mut rest = chunk;
        if self.state == State::Start {
            rest = rest.strip_prefix(BYTE_ORDER_MARK).unwrap_or(rest);
            self.state = State::Outside;
        }
        for &byte in rest {
            self.push(byte);
        }
        if self.ended {
            self.finish();
        }
    }

    fn push(&mut self, byte: u8) {
        self.state = match (self.state, byte) {
            (State::Text, b'\\') => State::Escape,
            (State::Text, b'"') => State::Outside,
            (State::Text | State::Escape, _) => State::Text,
            (State::Word, b'a'..=b'z' | b'A'..=b'Z') => State::Word,
            (State::Minus, b'I') => {
                self.ready.extend_from_slice(b"\"-");
                State::Word
            }
            (State::Start | State::Outside | State::Word | State::Minus, _) => {
                self.leave();
                match byte {
                    b'"' => State::Text,
                    b'N' | b'I' => {
                        self.ready.push(b'"');
                        State::Word
                    }
                    b'-' => {
                        self.state = State::Minus;
                        return;
                    }
                    _ => State::Outside,
                }
            }
        };
        self.ready.push(byte);
    }

    /// Closes a word, and lets go of a minus sign.
    fn leave(&mut self) {
        match self.state {
            State::Word => self.ready.push(b'"'),
            State::Minus => self.ready.push(b'-'),
            State::Start | State::Outside | State::Text | State::Escape => {}
        }
    }

    fn finish(&mut self) {
        self.leave();
        if matches!(self.state, State::Word | State::Minus) {
            self.state = State::Outside;
        }
    }
}

impl<R: Read> Read for QuotedLiterals<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.ready.len() {
            self.refill()?;
        }
        let waiting = self.ready.get(self.taken..).unwrap_or_default();
        let count = waiting.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(waiting) {
            *to = *from;
        }
        self.taken += count;
        Ok(count)
    }
}

/// The value of a word that was put into quotation marks; NaN for every other text.
pub(super) fn value_of(text: &str) -> f64 {
    match text {
        "Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str) -> String {
        let mut result = String::new();
        QuotedLiterals::new(text.as_bytes()).read_to_string(&mut result).unwrap();
        result
    }

    #[test]
    fn words_outside_of_texts_are_quoted() {
        assert_eq!(quoted("[NaN, -Infinity,Infinity, -1]"), r#"["NaN", "-Infinity","Infinity", -1]"#);
        assert_eq!(
            quoted(r#"{"NaN": "\"Infinity -", "a\\": NaN}"#),
            r#"{"NaN": "\"Infinity -", "a\\": "NaN"}"#
        );
        assert_eq!(quoted("NaN"), "\"NaN\"");
        assert_eq!(quoted("-"), "-");
        assert_eq!(quoted("--Infinity"), "-\"-Infinity\"");
        assert_eq!(quoted("\u{feff}{}"), "{}");
        assert_eq!(quoted(""), "");
    }

    #[test]
    fn words_may_cross_chunks() {
        for padding in CHUNK - 10..CHUNK + 2 {
            let blanks = " ".repeat(padding);
            assert_eq!(quoted(&format!("{blanks}-Infinity")), format!("{blanks}\"-Infinity\""));
        }
    }
}
