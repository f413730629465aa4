//! Tables of probabilities as files.

use blemore_eval::{Error, ProbabilityTable, TableFault, TableProblem};
use proptest::prelude::*;

const HEADER: &str = "filename,ang,disg,fea,hap,sad,neu\n";

fn faults(text: &str) -> Vec<TableFault> {
    match ProbabilityTable::parse(text.as_bytes()) {
        Err(Error::InvalidTable { faults, .. }) => faults,
        other => panic!("{text:?} gave {other:?}"),
    }
}

#[test]
fn columns_are_found_by_name() {
    let text = "\u{feff}fold,neu,\"sad\",hap,filename,fea,disg,ang\r\n3,0.1,0,0,A102_ang_int1_ver1.mov, 0.2 ,0,7e-1\r\n";
    let table = ProbabilityTable::parse(text.as_bytes()).unwrap();
    assert_eq!(table.clips()[0].as_str(), "A102_ang_int1_ver1");
    assert_eq!(table.probabilities().rows(), [[0.7, 0.0, 0.2, 0.0, 0.0, 0.1]]);
}

/// As spreadsheets save them where the comma is the decimal mark.
#[test]
fn semicolons_and_tabs_separate_columns_too() {
    let text = "filename,ang,disg,fea,hap,sad,neu\nA1_ang_int1_ver1,0.5,0.5,0,0,0,0\n";
    let expected = ProbabilityTable::parse(text.as_bytes()).unwrap();
    for separator in [";", "\t"] {
        let found = ProbabilityTable::parse(text.replace(',', separator).as_bytes()).unwrap();
        assert_eq!(found.probabilities(), expected.probabilities());
        assert_eq!(found.clips(), expected.clips());
    }
}

#[test]
fn every_fault_is_listed_with_its_line() {
    let text = format!(
        "{HEADER}A102_ang_int1_ver1,1,0,0,0,0,0\n\
         A102_ang_int1_ver1.npy,1,0,0,0,0,0\n\
         A102_ang_int2_ver1,x,,0,0,0,0\n\
         A102_ang_int3_ver1,1,0,0,0,0\n\
         nonsense,2,0,0,0,0,0\n\
         A102_ang_int4_ver1,inf,0,0,0,0,0\n\
         A102_fea_int4_ver1,1,0,0,0,0,-0.5\n"
    );
    let faults = faults(&text);
    let lines: Vec<u64> = faults.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [3, 4, 4, 5, 6, 6, 7, 8]);
    assert_eq!(faults[0].problem, TableProblem::RepeatedClip { first_line: 2 });
    assert_eq!(faults[2].problem, TableProblem::NotANumber { column: "disg", found: String::new() });
    assert_eq!(faults[3].problem, TableProblem::CellCount { expected: 7, found: 6 });
    assert!(
        faults[7].to_string().contains("line 8 (A102_fea_int4_ver1): the value of neu is -0.5"),
        "{}",
        faults[7]
    );
}

#[test]
fn missing_and_repeated_columns_are_all_named() {
    let problems: Vec<TableProblem> = faults("filename,ang,ang,fea\nA102_ang_int1_ver1,1,0,0")
        .into_iter()
        .map(|fault| fault.problem)
        .collect();
    let missing = |column| TableProblem::MissingColumn { column };
    assert_eq!(
        problems,
        [
            TableProblem::RepeatedColumn { column: "ang" },
            missing("disg"),
            missing("hap"),
            missing("sad"),
            missing("neu")
        ]
    );
    assert_eq!(faults("").len(), 7);
}

#[test]
fn a_long_list_of_faults_is_cut_in_the_message_only() {
    let rows: String = (0..1000).map(|row| format!("test_{row},0,0,0,0,0,0\n")).collect();
    let error = ProbabilityTable::parse(format!("{HEADER}{rows}").as_bytes()).unwrap_err();
    assert!(error.to_string().ends_with("and 950 more"));
    assert_eq!(faults(&format!("{HEADER}{rows}")).len(), 1000);
}

#[test]
fn a_written_table_reads_back_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probabilities.csv");
    let text = format!(
        "{HEADER}A102_ang_int1_ver1,0.1,0.2,0.30000000000000004,0.1,0.2,0.1\ntest_0001,1e-300,1,0,0,0,0\n"
    );
    let table = ProbabilityTable::parse(text.as_bytes()).unwrap();
    table.write(&path).unwrap();
    assert_eq!(ProbabilityTable::read(&path).unwrap(), table);
}

#[test]
fn errors_of_files_name_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probabilities.csv");
    assert!(matches!(ProbabilityTable::read(&path), Err(Error::Read { .. })));
    std::fs::write(&path, "filename\n").unwrap();
    let message = ProbabilityTable::read(&path).unwrap_err().to_string();
    assert!(message.contains("probabilities.csv: 6 faults"), "{message}");
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), tail in "[-0-9.,eai\"\n_A-Z]{0,80}") {
        let _table = ProbabilityTable::parse(&bytes);
        let text = format!("{HEADER}{tail}");
        let _table = ProbabilityTable::parse(text.as_bytes());
    }
}
