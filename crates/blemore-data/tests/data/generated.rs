use std::collections::BTreeSet;

use approx::abs_diff_eq;
use blemore_data::generate::{Corpus, CorpusSize, KnownCorpus, ORIGIN, ORIGIN_COLUMN};
use blemore_data::{Dataset, Encoder, Error, Folds, Metadata, Modality, Source};
use blemore_labels::Label;

/// Of video and audio.
const FRAMES_PER_SECOND: [f64; 2] = [8.0, 10.0];

fn published() -> Corpus {
    Corpus::generate(42, CorpusSize::PUBLISHED).unwrap()
}

fn actors(metadata: &Metadata, rows: &[usize]) -> BTreeSet<String> {
    rows.iter().map(|row| metadata.clips()[*row].actor.clone()).collect()
}

#[test]
fn counts_are_those_of_the_published_lists() {
    for seed in [0, 1, 42] {
        let corpus = Corpus::generate(seed, CorpusSize::PUBLISHED).unwrap();
        let (train, test) = (corpus.train(), corpus.test());
        assert_eq!((train.actors().len(), test.actors().len()), (47, 11));
        assert_eq!((train.len(), test.len()), (2456, 594));
        let labels = [train.labels().unwrap(), test.labels().unwrap()].concat();
        let blends = labels.iter().filter(|label| label.is_blend()).count();
        assert_eq!((labels.len() - blends, blends), (1390, 1660));
        let kinds: BTreeSet<String> = labels.iter().map(ToString::to_string).collect();
        assert_eq!(kinds.len(), 36);
        assert!(train.actors().iter().all(|actor| !test.actors().contains(actor)));
    }
}

#[test]
fn folds_are_five_disjoint_and_of_nearly_equal_size() {
    let corpus = published();
    let folds = Folds::new(corpus.train()).unwrap();
    assert_eq!(folds.count(), 5);
    let mut held_out = Vec::new();
    for &fold in folds.names() {
        let split = folds.split(fold).unwrap();
        let (trained, validated) =
            (actors(corpus.train(), &split.train), actors(corpus.train(), &split.validation));
        assert!(trained.is_disjoint(&validated));
        assert!((8..=11).contains(&validated.len()), "{validated:?}");
        assert!((440..=540).contains(&split.validation.len()), "{}", split.validation.len());
        held_out.extend(split.validation);
    }
    held_out.sort_unstable();
    assert_eq!(held_out, (0..corpus.train().len()).collect::<Vec<_>>());
}

/// The quantiles of Figure 2 that a reader takes from the plot: skewed, most clips of 2 to 6 seconds.
#[test]
fn lengths_are_spread_as_in_the_paper() {
    let corpus = published();
    let video = &corpus.feature_sets()[0];
    let clips = corpus.train().clips().iter().chain(corpus.test().clips());
    let mut seconds: Vec<f64> =
        clips.map(|record| video.frames(&record.clip).nrows() as f64 / FRAMES_PER_SECOND[0]).collect();
    seconds.sort_by(f64::total_cmp);
    let quantile = |share: f64| seconds[(share * (seconds.len() - 1) as f64) as usize];
    for (share, range) in [
        (0.0, 1.0..=1.3),
        (0.1, 1.6..=2.1),
        (0.25, 2.2..=2.7),
        (0.5, 3.1..=3.6),
        (0.75, 4.2..=4.9),
        (0.9, 5.5..=6.4),
        (1.0, 10.0..=12.0),
    ] {
        assert!(range.contains(&quantile(share)), "quantile {share} is {} s", quantile(share));
    }
    let mean = seconds.iter().sum::<f64>() / seconds.len() as f64;
    assert!(mean > quantile(0.5) + 0.2, "skewed to the right: mean {mean}, median {}", quantile(0.5));
}

#[test]
fn both_encoders_see_clips_of_the_same_length() {
    let corpus = published();
    let [video, audio] = corpus.feature_sets() else { panic!("two feature sets") };
    for record in corpus.test().clips() {
        let seconds = |frames: usize, set: usize| frames as f64 / FRAMES_PER_SECOND[set];
        let seen = seconds(video.frames(&record.clip).nrows(), 0);
        let heard = seconds(audio.frames(&record.clip).nrows(), 1);
        assert!(abs_diff_eq!(seen, heard, epsilon = 0.2), "{}: {seen} and {heard}", record.clip);
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let size = CorpusSize { training_actors: 2, test_actors: 1, folds: 2 };
    let folders = [7, 7, 8].map(|seed| {
        let folder = tempfile::tempdir().unwrap();
        Corpus::generate(seed, size).unwrap().write(folder.path()).unwrap();
        folder
    });
    let bytes = |position: usize, name: &str| std::fs::read(folders[position].path().join(name)).unwrap();
    let clip = Corpus::generate(7, size).unwrap().train().clips()[5].clip.to_string();
    let array = format!("pre_extracted_train_data/GeneratedAudio_train/{clip}.npy");
    for name in ["train_metadata.csv", "test_metadata.csv", &array] {
        assert_eq!(bytes(0, name), bytes(1, name), "{name}");
    }
    assert_ne!(bytes(0, "train_metadata.csv"), bytes(2, "train_metadata.csv"));
}

/// On every platform, and in every version.
#[test]
fn the_numbers_never_change() {
    let corpus = Corpus::generate(7, CorpusSize { training_actors: 2, test_actors: 1, folds: 2 }).unwrap();
    let record = &corpus.train().clips()[5];
    let frames = corpus.feature_sets()[0].frames(&record.clip);
    let found = (
        record.clip.as_str(),
        record.fold,
        frames.nrows(),
        frames[[0, 0]].to_bits(),
        frames[[9, 15]].to_bits(),
    );
    assert_eq!(found, ("A002_disg_int2_ver1", Some(0), 21, 1_042_952_859, 3_205_182_518));
}

/// Whatever order clips are asked in.
#[test]
fn the_frames_of_a_clip_depend_on_nothing_else() {
    let [one, other] = [(); 2].map(|()| Corpus::generate(3, CorpusSize::SMALL).unwrap());
    let clips: Vec<_> = one.test().clips().iter().take(5).map(|record| &record.clip).collect();
    let of = |corpus: &Corpus, clip| corpus.feature_sets()[1].frames(clip);
    let mut backwards: Vec<_> = clips.iter().rev().map(|clip| of(&other, clip)).collect();
    backwards.reverse();
    assert_eq!(clips.iter().map(|clip| of(&one, clip)).collect::<Vec<_>>(), backwards);
}

#[test]
fn a_written_corpus_opens_as_a_dataset_and_says_that_it_is_generated() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = Corpus::generate(42, CorpusSize::SMALL).unwrap();
    corpus.write(folder.path()).unwrap();
    let dataset = Dataset::open(folder.path()).unwrap();
    assert_eq!(dataset.train().clips(), corpus.train().clips());
    assert_eq!(dataset.test().unwrap().clips(), corpus.test().clips());
    assert_eq!(dataset.overlooked(), []);
    let encoders: Vec<&Encoder> = dataset.feature_sets().iter().map(|set| set.encoder()).collect();
    assert_eq!(encoders, [&Encoder::Generated(Modality::Video), &Encoder::Generated(Modality::Audio)]);
    for set in dataset.feature_sets() {
        assert!(set.encoder().to_string().starts_with("Generated ") && set.name().starts_with("Generated"));
        for (source, metadata) in [(set.train(), corpus.train()), (set.test().unwrap(), corpus.test())] {
            let Source::Folder(arrays) = source else { panic!("a folder of arrays") };
            assert_eq!(std::fs::read_dir(arrays).unwrap().count(), metadata.len());
        }
    }
    for metadata in [dataset.train(), dataset.test().unwrap()] {
        let origin = metadata.column(ORIGIN_COLUMN).unwrap();
        assert!(origin.iter().all(|cell| cell.as_deref() == Some(ORIGIN)));
    }
}

#[test]
fn sizes_that_cannot_be_are_refused() {
    for (training_actors, test_actors, folds) in [(4, 1, 5), (5, 0, 5), (5, 1, 1), (0, 1, 0)] {
        let size = CorpusSize { training_actors, test_actors, folds };
        assert!(matches!(Corpus::generate(1, size), Err(Error::Mismatch(_))), "{size:?}");
    }
}

#[test]
fn known_probabilities_are_those_of_the_labels() {
    let corpus = KnownCorpus::generate(3, 0.6).unwrap();
    let labels = corpus.metadata().labels().unwrap();
    // Given the features, the probability of the label that is there is on average the sum of squares of all 36.
    let pairs = labels.iter().zip(corpus.posteriors());
    let differences: Vec<f64> =
        pairs.map(|(label, all)| all[label.index()] - all.iter().map(|p| p * p).sum::<f64>()).collect();
    let clips = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / clips;
    let deviation = (differences.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / clips).sqrt();
    assert!(mean.abs() < 3.0 * deviation / clips.sqrt(), "{mean} ± {}", deviation / clips.sqrt());
    let confident = corpus.posteriors().iter().filter(|all| all.iter().any(|p| *p > 0.5)).count();
    assert!(confident > 100, "{confident}");
    // Without a signal the features say nothing.
    let nothing = KnownCorpus::generate(3, 0.0).unwrap();
    let first = nothing.posteriors()[0];
    for posterior in nothing.posteriors() {
        assert!(posterior.iter().zip(first).all(|(p, first)| abs_diff_eq!(*p, first, epsilon = 1e-12)));
    }
    assert_eq!(Folds::new(nothing.metadata()).unwrap().count(), 5);
}

/// What the composite score of a label is on average, for whoever knows nothing of a clip.
#[test]
fn without_signal_every_label_is_worth_the_same() {
    let corpus = KnownCorpus::without_signal(1).unwrap();
    let posterior = corpus.posteriors()[0];
    let is_same = |other: &[f64; Label::COUNT]| {
        other.iter().zip(&posterior).all(|(one, other)| abs_diff_eq!(*one, *other, epsilon = 1e-12))
    };
    assert!(corpus.posteriors().iter().all(is_same));
    for label in Label::all() {
        let set: f64 = Label::all()
            .filter(|other| other.presence() == label.presence())
            .map(|other| posterior[other.index()])
            .sum();
        let salience = if label.is_blend() { posterior[label.index()] / corpus.blend_share() } else { 0.0 };
        assert!(abs_diff_eq!(0.5 * (set + salience), 1.0 / 24.0, epsilon = 1e-12), "{label}");
    }
}
