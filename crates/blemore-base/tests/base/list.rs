use blemore_base::limits::ECHO;
use blemore_base::list::shortened;

#[test]
fn what_an_input_holds_is_cut_and_everything_else_is_not() {
    let path = format!("/data/{}/clip.npy", "x".repeat(300));
    let said = format!("{path}: `a b` is no label, and \"sad\" is one");
    assert_eq!(shortened(&said), said);
    let long = "word ".repeat(100_000);
    let said = shortened(&format!("{path}: `{long}` is no label; {}", "y".repeat(100_000)));
    assert!(said.len() < path.len() + 2 * ECHO + 100, "{said}");
    assert!(
        said.starts_with(&format!("{path}: `word word")) && said.contains("(500000 characters)` is no label"),
        "{said}"
    );
    assert!(said.ends_with("... (100000 characters)"), "{said}");
    assert_eq!(shortened(&"é".repeat(ECHO)), "é".repeat(ECHO));
}
