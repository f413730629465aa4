//! `blemore reproduce`: the paper's Tables II and III, measured beside published.

use std::path::{Path, PathBuf};

use blemore::data::generate::{Corpus, CorpusSize};
use blemore::data::{Dataset, Folds, Overlooked, OverlookedReason};
use blemore::eval::MeanStd;
use blemore::run::paper::{self, PublishedRow};
use blemore::run::{Execution, HICMAE_EPOCHS, Recipe, ResultsFolder, TABLES_FILE, TrivialBaseline};
use blemore::{ClipPartition, NetworkClips, Protocol, ReproducedTables, Reproduction, TableRow};
use blemore_base::Unfinished;
use blemore_cli::arguments::{Encode, Reproduce};
use blemore_cli::output::{
    Output, accuracy, check_output_folder, held_out_caveats, held_out_cells, spread, table,
};
use blemore_cli::progress::with_bar;
use blemore_cli::read;
use blemore_encoders::FaceClips;
use blemore_media::EncoderKind;
use tempfile::TempDir;

use super::{encode, network, training};
use blemore_cli::Failure;

pub(crate) fn run(output: Output, arguments: &Reproduce) -> Result<(), Failure> {
    let recipe = training::recipe(&arguments.training)?;
    let execution = training::execution(arguments.execution)?;
    let place = Place::of(arguments)?;
    let dataset = match (&arguments.clips, &arguments.data) {
        (Some(clips), _) => match of_clips(output, arguments, clips, &place)? {
            Some(dataset) => dataset,
            None => return Ok(()),
        },
        (None, Some(path)) => read::dataset(path)?,
        (None, None) => generated(output, &place.corpus(), recipe.seed)?,
    };
    note_overlooked(output, &dataset);
    output.notes(dataset.train().table(), dataset.train().notes());
    output.notes(dataset.train().table(), Folds::new(dataset.train())?.notes());
    let network =
        arguments.finetune.map(|_| Network::read(output, arguments, &dataset, &place)).transpose()?;
    let network = network.as_ref().map(|network| network.clips(&dataset)).transpose()?;
    let reproduction = Reproduction {
        network,
        models: arguments.training.models.clone(),
        recipe,
        test_epochs: arguments.test_epochs,
        subsampled_epochs: arguments.subsampled_epochs,
        execution,
        replace: arguments.force,
        on_suspicion: training::on_suspicion(arguments.strict),
    };
    if let Some(share) = arguments.cell {
        with_bar(output, |listener| reproduction.train_share(share, &dataset, &place.path, listener))?;
        output.note("This share is trained; when all are, the same command without --cell prints the tables");
        return Ok(());
    }
    let measured = with_bar(output, |listener| reproduction.run(&dataset, &place.path, listener))?;
    if arguments.output.is_some() {
        blemore::run::write_json(place.path.join(TABLES_FILE), &measured)?;
    }
    output.result(&measured, text)?;
    if let Some(path) = &arguments.output {
        output.note(format!("Results, checkpoints and predictions are in {}", path.display()));
    }
    Ok(())
}

/// A whole HiCMAE, and the clips that it is trained and tested on.
struct Network {
    checkpoint: PathBuf,
    train: FaceClips,
    test: Option<FaceClips>,
}

impl Network {
    /// Says how long it takes to train it, before faces are looked for.
    fn read(
        output: Output,
        arguments: &Reproduce,
        dataset: &Dataset,
        place: &Place,
    ) -> Result<Self, Failure> {
        let Some(folder) = &arguments.clips else { return Err(Failure::input("--finetune needs --clips")) };
        let checkpoint = encode::checkpoint_of_hicmae(&encode_arguments(arguments, folder, place))?;
        let recipe = Recipe::fine_tuned(HICMAE_EPOCHS[0]);
        let n_clips = dataset.train().clips().len();
        let folds = Folds::new(dataset.train())?.names().len();
        let passes = folds * HICMAE_EPOCHS[0] + dataset.test().map_or(0, |_| HICMAE_EPOCHS[1]);
        network::say_how_long(output, arguments.execution.into(), passes * n_clips);
        let faces = network::Faces { folder: arguments.faces.as_deref(), ..network::Faces::default() };
        let results = ResultsFolder::create(place.path.join(NetworkClips::folder()))?;
        let clips = |metadata| faces.of_metadata(output, folder, metadata, &recipe, &results);
        let (train, test) = (clips(dataset.train())?, dataset.test().map(clips).transpose()?);
        Ok(Self { checkpoint, train, test })
    }

    fn clips<'n>(&'n self, dataset: &'n Dataset) -> Result<NetworkClips<'n>, Failure> {
        let partition =
            |clips, metadata| ClipPartition::new(network::FEATURES, clips, metadata, &self.checkpoint);
        let test = self.test.as_ref().zip(dataset.test());
        let test = test.map(|(clips, metadata)| partition(clips, metadata)).transpose()?;
        Ok(NetworkClips { train: partition(&self.train, dataset.train())?, test, epochs: HICMAE_EPOCHS })
    }
}

/// Where results go: the folder asked for, or one that is removed in the end.
struct Place {
    path: PathBuf,
    _temporary: Option<(TempDir, Unfinished)>,
}

impl Place {
    fn of(arguments: &Reproduce) -> Result<Self, Failure> {
        if let Some(path) = &arguments.output {
            check_output_folder(path)?;
            training::keeps_cells(path);
            return Ok(Self { path: path.clone(), _temporary: None });
        }
        let temporary = TempDir::with_prefix("blemore-")
            .map_err(|error| Failure::work(format!("cannot make a temporary folder: {error}")))?;
        let path = temporary.path().to_owned();
        let unfinished = Unfinished::new(&path);
        Ok(Self { path, _temporary: Some((temporary, unfinished)) })
    }

    fn arrays(&self) -> PathBuf {
        self.path.join("arrays")
    }

    fn corpus(&self) -> PathBuf {
        self.path.join("generated-corpus")
    }
}

/// Makes the features of clips, unless they are there, and opens them as a dataset; none while other tasks of the job array
/// still have to make theirs.
fn of_clips(
    output: Output,
    arguments: &Reproduce,
    clips: &Path,
    place: &Place,
) -> Result<Option<Dataset>, Failure> {
    let mut encoding = encode_arguments(arguments, clips, place);
    // The row of a whole network takes clips and no features.
    let without = arguments.finetune.map(|_| EncoderKind::HiCmae);
    if arguments.encoders.is_empty() {
        encoding.encoders = encode::available(output, &encoding, without)?;
    }
    encoding.encoders.retain(|kind| Some(*kind) != without);
    let made = encode::arrays(output, &encoding)?;
    made.require_whole()?;
    match made.waiting() {
        0 => Ok(Some(Dataset::open(place.arrays())?)),
        waiting => {
            output.note(format!(
                "The features of this share are there; {waiting} arrays of others are not yet. When they are, the same \
                 command trains this share"
            ));
            Ok(None)
        }
    }
}

/// What the arrays are made with.
fn encode_arguments(arguments: &Reproduce, clips: &Path, place: &Place) -> Encode {
    let Execution { device, jobs, .. } = arguments.execution.into();
    Encode {
        encoders: arguments.encoders.clone(),
        checkpoints: arguments.checkpoints.clone(),
        faces: arguments.faces.clone(),
        random_weights: arguments.random_weights,
        preset: arguments.preset,
        device,
        jobs,
        cell: arguments.cell,
        ..Encode::new(clips.to_owned(), place.arrays())
    }
}

/// Writes a generated corpus, unless it is there, and opens it as the dataset that it looks like.
fn generated(output: Output, folder: &Path, seed: u64) -> Result<Dataset, Failure> {
    output.note("No --data: generating a corpus of made-up clips. Its numbers say nothing about people.");
    Corpus::generate(seed, CorpusSize::PUBLISHED)?.write(folder)?;
    Ok(Dataset::open(folder)?)
}

/// Says which features have no row, and how much else is not used.
fn note_overlooked(output: Output, dataset: &Dataset) {
    let is_unknown = |found: &&Overlooked| found.reason == OverlookedReason::Unknown;
    for found in dataset.overlooked().iter().filter(|found| !is_unknown(found)) {
        output.note(format!("Not used: {found}"));
    }
    match dataset.overlooked().iter().filter(is_unknown).count() {
        0 => {}
        unknown => output.note(format!(
            "Not used: {unknown} more in {}, neither features nor metadata; `blemore inspect` lists them",
            dataset.folder().display()
        )),
    }
}

fn text(measured: &ReproducedTables) -> String {
    let title = if measured.generated {
        "Table II on GENERATED features: made-up clips, whose numbers say nothing about people or encoders"
    } else {
        "Table II, measured beside the paper's"
    };
    let mut rows: Vec<Vec<String>> = measured.rows.iter().map(encoder_row).collect();
    if let Some(trivial) = &measured.trivial {
        rows.push(trivial_row(paper::SINGLE_EMOTION_ROW, &trivial.single));
        rows.push(trivial_row(paper::BLEND_ROW, &trivial.blend));
    }
    let header = ["features", "model", "", "val presence", "val salience", "test presence", "test salience"];
    let mut text = format!("{title}\n{}\n", table(&header, 3, rows));
    text.push_str(
        "val: mean ± standard deviation over the folds, thresholds tuned on the fold itself, as the paper does.\n\
         test: held-out actors, once; [95 % interval, resampled by actor].",
    );
    let tests = measured.rows.iter().filter_map(|row| row.best()?.test.as_ref());
    text.push_str(&held_out_caveats(tests.filter_map(|test| test.scores.as_ref())));
    text.push('\n');
    let mut mark = |words: &str, is_marked: fn(&TableRow) -> bool| {
        let all = measured.rows.iter().chain(&measured.subsampled);
        let mut marked: Vec<&str> =
            all.filter(|row| is_marked(row)).map(|row| row.encoder.as_str()).collect();
        marked.dedup();
        if !marked.is_empty() {
            text.push_str(&format!("{words}: {}\n", marked.join(", ")));
        }
    };
    mark("RANDOM WEIGHTS, whose numbers mean nothing", |row| row.random_weights);
    mark("A head on features, and NOT THE WHOLE NETWORK that the paper trains (--finetune)", |row| {
        row.protocol == Protocol::HiCmaeHead
    });
    mark("The whole network trained, as the paper does", |row| row.protocol == Protocol::HiCmaeFineTuned);
    mark("Faces of the built-in detector, NOT OPENFACE", |row| row.built_in_faces);
    mark("Other weights than the paper's, which are NOT PUBLISHED", |row| row.other_weights);
    for row in &measured.rows {
        if let Some(published) = row.paper.filter(|published| published.encoder != row.encoder) {
            text.push_str(&format!(
                "Beside {} stands the paper's row of {}.\n",
                row.encoder, published.encoder
            ));
        }
    }
    if !measured.ambiguous.is_empty() {
        text.push_str(&format!(
            "Of several feature sets none has the paper's name (HuBERT_large), so beside none stands: {}\n",
            measured.ambiguous.join(", ")
        ));
    }
    if !measured.missing.is_empty() {
        text.push_str(&format!("No features for: {}\n", measured.missing.join(", ")));
    }
    if !measured.subsampled.is_empty() {
        text.push_str(&subsampled_text(&measured.subsampled));
    }
    text
}

/// Table III has no test columns.
fn subsampled_text(rows: &[TableRow]) -> String {
    let validation_alone = |row: &TableRow| encoder_row(row).into_iter().take(5).collect();
    let header = ["features", "model", "", "val presence", "val salience"];
    format!(
        "\nTable III, every row of a clip's array an example, measured beside the paper's\n{}\n",
        table(&header, 3, rows.iter().map(validation_alone).collect())
    )
}

/// What was measured, and under it what the paper has.
fn encoder_row(row: &TableRow) -> Vec<String> {
    let Some(best) = row.best() else { return vec![row.encoder.clone()] };
    let scores = best.test.as_ref().and_then(|test| test.scores.as_ref());
    let [test_presence, test_salience] = held_out_cells(scores, "-");
    let measured = [
        // A fusion's name over two lines, so that the table fits a terminal.
        row.encoder.replace(paper::FUSION_SEPARATOR, &format!("\n{}", paper::FUSION_SEPARATOR.trim_start())),
        best.model.to_string(),
        "measured".to_owned(),
        spread(best.validation.presence),
        spread(best.validation.salience),
        test_presence,
        test_salience,
    ];
    beside(measured, row.paper)
}

fn trivial_row(name: &str, baseline: &TrivialBaseline) -> Vec<String> {
    let measured = [
        name.to_owned(),
        String::new(),
        "measured".to_owned(),
        spread(baseline.validation.presence),
        spread(baseline.validation.salience),
        accuracy(baseline.test.presence),
        accuracy(baseline.test.salience),
    ];
    beside(measured, paper::table_ii(name))
}

/// Two lines in each cell: what was measured, and the paper's.
fn beside(measured: [String; 7], published: Option<&PublishedRow>) -> Vec<String> {
    let Some(published) = published else { return measured.to_vec() };
    let mean_std = |mean, std| spread(MeanStd { mean, std });
    let (mean, std) = (published.validation_mean, published.validation_std);
    let [features, ..] = &measured;
    let (name, fused_with) = features.split_once('\n').unwrap_or((features, ""));
    let measured = [name.to_owned()].into_iter().chain(measured.iter().skip(1).cloned());
    let paper = [
        fused_with.to_owned(),
        String::new(),
        "paper".to_owned(),
        mean_std(mean.presence, std.presence),
        mean_std(mean.salience, std.salience),
        published.test.map(|test| accuracy(test.presence)).unwrap_or_default(),
        published.test.map(|test| accuracy(test.salience)).unwrap_or_default(),
    ];
    measured.zip(paper).map(|(measured, paper)| format!("{measured}\n{paper}")).collect()
}
