//! From the bytes of a file to text.

use blemore_base::text::*;

#[test]
fn text_in_every_encoding_is_the_same_text() {
    let text = "filename,gender\r\nA1,é\n";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [
        text.as_bytes().to_vec(),
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        [b"\xff\xfe", &little[..]].concat(),
        [b"\xfe\xff", &big[..]].concat(),
        little,
        big,
    ] {
        assert_eq!(decode(&bytes).unwrap(), text);
    }
    assert_eq!(decode(b"").unwrap(), "");
}

#[test]
fn an_excerpt_is_one_short_line() {
    assert_eq!(Excerpt("a\tb\u{7}").to_string(), "\"a b \"");
    let long = Excerpt(&"é\n".repeat(1000)).bare();
    assert!(long.chars().count() == 63 && long.starts_with("é é ") && long.ends_with(" ..."), "{long}");
}

#[test]
fn other_files_are_named_and_no_byte_of_them_is_shown() {
    for (bytes, word) in [
        (&b"PK\x03\x04\x14\0xl/workbook.xml"[..], "an Excel spreadsheet"),
        (b"PK\x03\x04\x14\0data.csv", "a zip archive"),
        (b"PAR1\x15", "a parquet table"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\x93NUMPY\x01", "numpy"),
        (b"a,b\n1,\0\0\0", "a binary file"),
        (b"\xff\xfea", "a binary file"),
        (b"a\nb\n\xe9\n", "line 3 is not UTF-8"),
    ] {
        let message = decode(bytes).unwrap_err().to_string();
        assert!(message.contains(word) && message.chars().all(|letter| !letter.is_control()), "{message}");
    }
}
