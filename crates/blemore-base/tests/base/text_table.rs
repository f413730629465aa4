//! A table of text: a header and rows of cells.

use blemore_base::*;
use proptest::prelude::*;

fn rows(text: &str, columns: &[&str]) -> (Vec<String>, Vec<(u64, Vec<String>)>) {
    let mut table = TextTable::new(text, columns);
    let mut rows = Vec::new();
    while let Some(row) = table.next_row() {
        rows.push((row.line(), row.cells().map(str::to_owned).collect()));
    }
    (table.header().to_vec(), rows)
}

fn owned(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

#[test]
fn every_way_to_write_a_table_gives_the_same_cells() {
    for text in [
        "filename,hap\nA1,1\nA2,0\n",
        "filename,hap\r\nA1,1\r\nA2,0",
        "filename,hap\rA1,1\rA2,0\r",
        " filename ;\thap\nA1 ; 1\nA2;0",
        "filename\thap\nA1\t1\n\"A2\"\t\"0\"\n",
        "sep=;\nfilename;hap\nA1;1\nA2;0\n",
        "\"sep=,\"\r\nfilename,hap\r\nA1,1\r\nA2,0\r\n",
        "sep=\t\nfilename\thap\nA1\t1\nA2\t0\n",
        "SEP=;;\nfilename;hap\nA1;1\nA2;0\n",
        "\n\n  \nfilename,hap\n\n\nA1,1\n , \nA2,0\n\n",
    ] {
        let (header, rows) = rows(text, &["filename"]);
        assert_eq!(header, owned(&["filename", "hap"]), "{text:?}");
        let cells: Vec<_> = rows.into_iter().map(|(_, cells)| cells).collect();
        assert_eq!(cells, [owned(&["A1", "1"]), owned(&["A2", "0"])], "{text:?}");
    }
}

#[test]
fn the_known_column_decides_between_separators() {
    let (header, _) = rows("filename;a,b,c,d\n", &["filename"]);
    assert_eq!(header, owned(&["filename", "a,b,c,d"]));
    let (header, _) = rows("frame, success, x;y", &["success"]);
    assert_eq!(header, owned(&["frame", "success", "x;y"]));
    let (header, _) = rows("a;b;c,d", &["filename"]);
    assert_eq!(header, owned(&["a", "b", "c,d"]));
    let (header, all) = rows("filename\nA1\nA2\n", &["filename"]);
    assert_eq!((header, all.len()), (owned(&["filename"]), 2));
    assert_eq!(rows("", &["filename"]), (vec![], vec![]));
}

#[test]
fn lines_are_those_of_an_editor() {
    for end in ["\n", "\r\n", "\r"] {
        let text = ["", "sep=,", "a,b", "1,2", "", "\"x", "y\",3", "4,5"].join(end);
        let (_, rows) = rows(&text, &["a"]);
        let lines: Vec<u64> = rows.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [4, 6, 8], "{end:?}");
        assert_eq!(TextTable::new(&text, &["a"]).header_line(), 3);
    }
}

#[test]
fn a_table_has_one_decimal_sign() {
    let mut table = TextTable::new("a;b;c\n0,5;1;1.5\n2;NA;2,5", &["a"]);
    let row = table.next_row().unwrap();
    assert_eq!([row.number(0), row.number(1), row.number(2)], [Some(0.5), Some(1.0), None]);
    let row = table.next_row().unwrap();
    assert!(row.number(1).unwrap().is_nan());
    assert_eq!((row.number(2), row.number(7).map(f64::is_nan)), (Some(2.5), Some(true)));
}

proptest! {
    #[test]
    fn any_text_is_read_to_its_end(text in "[a-z,;\t\"\n\r =é]{0,200}") {
        let (_, rows) = rows(&text, &["a"]);
        let count = text.split(['\n', '\r']).count() as u64;
        prop_assert!(rows.iter().all(|(line, _)| (1..=count).contains(line)));
        prop_assert!(rows.is_sorted_by(|before, after| before.0 < after.0 || text.contains('"')));
    }
}
