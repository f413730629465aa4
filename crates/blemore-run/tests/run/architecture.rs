//! The shape of a model.

use blemore_run::*;
use proptest::prelude::*;

#[test]
fn nonsense_is_refused() {
    for text in
        ["", "mlp", "mlp-", "mlp-0", "mlp-256-", "mlp--5", "cnn", "mlp-2x", "mlp-99999999999999999999"]
    {
        assert!(text.parse::<Architecture>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn names_are_read_back(hidden in prop::collection::vec(1_usize..5000, 0..5)) {
        let architecture = Architecture::new(hidden).unwrap();
        prop_assert_eq!(architecture.to_string().parse::<Architecture>().unwrap(), architecture);
    }
}
