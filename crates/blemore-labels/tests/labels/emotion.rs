//! The emotion set: the one place that knows its members, their order and their names.

use blemore_labels::*;

#[test]
fn order_is_the_published_one() {
    let codes: Vec<&str> = Emotion::ALL.iter().map(|emotion| emotion.code()).collect();
    assert_eq!(codes, ["ang", "disg", "fea", "hap", "sad", "neu"]);
    let names = Emotion::ALL.map(Emotion::name);
    assert_eq!(names, ["anger", "disgust", "fear", "happiness", "sadness", "neutral"]);
    for (position, emotion) in Emotion::ALL.into_iter().enumerate() {
        assert_eq!(emotion.index(), position);
    }
}

#[test]
fn codes_round_trip_through_text_and_json() {
    for emotion in Emotion::ALL {
        assert_eq!(emotion.to_string().parse::<Emotion>().unwrap(), emotion);
        let json = serde_json::to_string(&emotion).unwrap();
        assert_eq!(serde_json::from_str::<Emotion>(&json).unwrap(), emotion);
    }
}

#[test]
fn an_unknown_code_names_itself_and_the_known_ones() {
    let message = "joy".parse::<Emotion>().unwrap_err().to_string();
    assert!(message.contains("\"joy\"") && message.contains("hap"), "{message}");
}
