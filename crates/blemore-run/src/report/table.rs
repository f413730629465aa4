//! A table of texts, and the forms in which it is copied.

use serde::Serialize;

/// A table with a title. The first columns hold names, the others numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// The names of the columns.
    pub header: Vec<String>,
    /// The rows, each as long as the header.
    pub rows: Vec<Vec<String>>,
    /// What is to be said of it, a sentence each.
    pub notes: Vec<String>,
}

impl Table {
    /// A table without notes.
    pub(crate) fn new(title: impl Into<String>, header: &[&str], rows: Vec<Vec<String>>) -> Self {
        let header = header.iter().map(|name| (*name).to_owned()).collect();
        Self { title: title.into(), header, rows, notes: Vec::new() }
    }

    /// As Markdown: title, rows, notes.
    pub fn to_markdown(&self) -> String {
        let row = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rule = format!("|{}\n", " --- |".repeat(self.header.len()));
        let rows: String = self.rows.iter().map(|cells| row(cells)).collect();
        let notes: String = self.notes.iter().map(|note| format!("\n{note}\n")).collect();
        format!("**{}**\n\n{}{rule}{rows}{notes}", self.title, row(&self.header))
    }

    /// As a `table` of LaTeX that needs the package `booktabs`; its notes stand in the caption.
    pub fn to_latex(&self) -> String {
        let row = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| latex(cell)).collect();
            // The end of a row would take a bracket after it for its own.
            let start = if cells.first().is_some_and(|cell| cell.starts_with('[')) { "{}" } else { "" };
            format!("{start}{} \\\\\n", cells.join(" & "))
        };
        let columns = format!("l{}", "r".repeat(self.header.len().saturating_sub(1)));
        let rows: String = self.rows.iter().map(|cells| row(cells)).collect();
        let said: Vec<String> =
            std::iter::once(format!("{}.", self.title)).chain(self.notes.clone()).collect();
        format!(
            "\\begin{{table}}\n\\caption{{{}}}\n\\begin{{tabular}}{{{columns}}}\n\\toprule\n{}\\midrule\n{rows}\
             \\bottomrule\n\\end{{tabular}}\n\\end{{table}}\n",
            latex(&said.join(" ")),
            row(&self.header)
        )
    }

    /// As CSV: header and rows.
    pub fn to_csv(&self) -> String {
        let row = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
            cells.join(",") + "\n"
        };
        std::iter::once(&self.header).chain(&self.rows).map(|cells| row(cells)).collect()
    }
}

fn quoted(cell: &str) -> String {
    let is_plain = !cell.contains([',', '"', '\n', '\r']);
    if is_plain { cell.to_owned() } else { format!("\"{}\"", cell.replace('"', "\"\"")) }
}

/// The text with what LaTeX takes for commands written out.
fn latex(text: &str) -> String {
    let letter = |letter: char| match letter {
        '&' | '%' | '$' | '#' | '_' | '{' | '}' => format!("\\{letter}"),
        '\\' => "\\textbackslash{}".to_owned(),
        '~' => "\\textasciitilde{}".to_owned(),
        '^' => "\\textasciicircum{}".to_owned(),
        '±' => "$\\pm$".to_owned(),
        'α' => "$\\alpha$".to_owned(),
        'β' => "$\\beta$".to_owned(),
        letter => letter.to_string(),
    };
    text.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let rows = vec![vec!["a|b_1, \"c\"".to_owned(), "0.266 ± 0.021".to_owned()]];
        let mut table = Table::new("Accuracies of 100 %", &["model", "presence"], rows);
        table.notes.push("Resampled by actor.".to_owned());
        table
    }

    #[test]
    fn a_table_is_copied_in_three_forms_with_signs_written_out() {
        assert_eq!(
            table().to_markdown(),
            "**Accuracies of 100 %**\n\n| model | presence |\n| --- | --- |\n| a\\|b_1, \"c\" | 0.266 ± 0.021 |\n\n\
             Resampled by actor.\n"
        );
        assert_eq!(table().to_csv(), "model,presence\n\"a|b_1, \"\"c\"\"\",0.266 ± 0.021\n");
        let latex = table().to_latex();
        for part in [
            "\\caption{Accuracies of 100 \\%. Resampled by actor.}",
            "\\begin{tabular}{lr}",
            "a|b\\_1, \"c\" & 0.266 $\\pm$ 0.021 \\\\\n",
        ] {
            assert!(latex.contains(part), "{part} not in\n{latex}");
        }
    }
}
