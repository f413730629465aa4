//! `Label`, clip names, the emotions.

use blemore_labels::{ClipName, Emotion, Label, PresenceClass, Setting};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::convert::refused;

/// What a clip shows: one emotion, or a blend of two at 50/50, 70/30 or 30/70; one of 36.
///
/// >>> label = Label("hap+ang 70/30")
/// >>> str(label), label.is_blend, label.saliences
/// ('ang+hap 30/70', True, {'ang': 30, 'hap': 70})
#[pyclass(name = "Label", module = "blemore", frozen, eq, ord, hash)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PyLabel(pub(crate) Label);

#[pymethods]
impl PyLabel {
    #[new]
    fn new(text: &str) -> PyResult<Self> {
        text.parse().map(Self).map_err(refused)
    }

    /// The salience of each emotion that is shown, in percent.
    #[getter]
    fn saliences<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let saliences = PyDict::new(py);
        for (emotion, percent) in self.0.components() {
            saliences.set_item(emotion.code(), percent)?;
        }
        Ok(saliences)
    }

    /// Whether two emotions are shown.
    #[getter]
    fn is_blend(&self) -> bool {
        self.0.is_blend()
    }

    /// The emotions shown without their saliences: `ang`, `ang+hap`; one of 16.
    #[getter]
    fn presence(&self) -> String {
        self.0.presence().to_string()
    }

    /// The position in `Label.all()`, 0 to 35.
    #[getter]
    fn index(&self) -> usize {
        self.0.index()
    }

    /// The paper's soft target: six saliences in the order of `EMOTIONS` that sum to 1, f32.
    fn vector<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        PyArray1::from_slice(py, &self.0.salience().as_array())
    }

    /// The 36 labels.
    #[staticmethod]
    fn all() -> Vec<Self> {
        Label::all().map(Self).collect()
    }

    /// The 16 sets of emotions, as texts.
    #[staticmethod]
    fn presences() -> Vec<String> {
        PresenceClass::all().map(|class| class.to_string()).collect()
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("Label('{}')", self.0)
    }

    fn __getnewargs__(&self) -> (String,) {
        (self.0.to_string(),)
    }
}

/// What the name of a clip tells. Fields that the name does not tell are `None`.
#[pyclass(name = "ClipName", module = "blemore", frozen, eq, ord, hash)]
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
struct PyClipName(ClipName);

#[pymethods]
impl PyClipName {
    #[new]
    fn new(name: &str) -> PyResult<Self> {
        ClipName::parse(name).map(Self).map_err(refused)
    }

    /// The name without folder and extension.
    #[getter]
    fn name(&self) -> &str {
        self.0.as_str()
    }

    #[getter]
    fn actor(&self) -> Option<&str> {
        self.0.actor()
    }

    #[getter]
    fn label(&self) -> Option<PyLabel> {
        self.0.label().map(PyLabel)
    }

    /// 1 to 4, of a single emotion other than neutral.
    #[getter]
    fn intensity(&self) -> Option<u8> {
        match self.0.setting() {
            Some(Setting::Intensity(level)) => Some(level),
            _ => None,
        }
    }

    /// 1 to 4, of a neutral clip.
    #[getter]
    fn situation(&self) -> Option<u8> {
        match self.0.setting() {
            Some(Setting::Situation(number)) => Some(number),
            _ => None,
        }
    }

    /// From 1.
    #[getter]
    fn version(&self) -> Option<u32> {
        self.0.version()
    }

    fn __str__(&self) -> &str {
        self.0.as_str()
    }

    fn __repr__(&self) -> String {
        format!("ClipName('{}')", self.0)
    }

    fn __getnewargs__(&self) -> (&str,) {
        (self.0.as_str(),)
    }
}

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("EMOTIONS", PyTuple::new(module.py(), Emotion::ALL.map(Emotion::code))?)?;
    module.add_class::<PyLabel>()?;
    module.add_class::<PyClipName>()
}
