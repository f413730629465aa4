//! Results as polars frames.

use blemore_data::polars::prelude::{DataFrame, IntoColumn, NamedFrom, Series};

use crate::{Error, ResultsColumn, ResultsFolder, ResultsTable, Run};

impl Run {
    /// Results of the finished cells as a frame, to join and group.
    ///
    /// # Errors
    /// [`Error::DamagedCells`], [`Error::Read`] and [`Error::Eval`] for results that cannot be read; [`Error::Frame`].
    ///
    /// ```no_run
    /// use blemore_data::Metadata;
    /// use blemore_data::polars::prelude::{ChunkAgg, DataFrameJoinOps};
    /// use blemore_run::{ResultsFolder, ResultsTable, Run};
    ///
    /// let folder = ResultsFolder::open("runs/wavlm")?;
    /// let run = Run::read(&folder)?;
    /// println!("{}", run.frame(&folder, ResultsTable::Cells)?);
    ///
    /// // How probable do the models find anger, by the actors' gender?
    /// let clips = run.frame(&folder, ResultsTable::Clips)?;
    /// let metadata = Metadata::read("train_metadata.csv")?.frame()?;
    /// for group in clips.inner_join(&metadata, ["filename"], ["filename"])?.partition_by(["gender"], true)? {
    ///     println!("{}: {:?}", group.column("gender")?.get(0)?, group.column("ang")?.f64()?.mean());
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn frame(&self, folder: &ResultsFolder, table: ResultsTable) -> Result<DataFrame, Error> {
        let columns = self.columns(folder, table)?;
        let series = columns.into_iter().map(|(name, column)| match column {
            ResultsColumn::Text(cells) => Series::new(name.into(), cells),
            ResultsColumn::Whole(cells) => Series::new(name.into(), cells),
            ResultsColumn::Count(cells) => Series::new(name.into(), cells),
            ResultsColumn::Number(cells) => Series::new(name.into(), cells),
        });
        Ok(DataFrame::new_infer_height(series.map(IntoColumn::into_column).collect())?)
    }
}
