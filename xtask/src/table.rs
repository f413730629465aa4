//! Tables for the terminal.

/// Rows under a header, each column as wide as its widest cell; columns of numbers end at the same place.
pub(crate) fn render<const N: usize>(header: [&str; N], rows: &[[String; N]]) -> String {
    let is_number = |cell: &str| cell.starts_with(|first: char| first.is_ascii_digit());
    let cells = |column: usize| rows.iter().map(move |row| row[column].as_str());
    let width = |column: usize| cells(column).chain([header[column]]).map(|cell| cell.chars().count()).max();
    let line = |row: [&str; N]| {
        let mut line = String::new();
        for (column, cell) in row.into_iter().enumerate() {
            let width = width(column).unwrap_or_default();
            let numbers = !rows.is_empty() && cells(column).all(is_number);
            line += &if numbers { format!("{cell:>width$}  ") } else { format!("{cell:<width$}  ") };
        }
        line.trim_end().to_owned()
    };
    let rows = rows.iter().map(|row| line(row.each_ref().map(String::as_str)));
    std::iter::once(line(header)).chain(rows).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["npy", "1000"], ["clip_name", "7"]].map(|row| row.map(str::to_owned));
        assert_eq!(render(["parser", "runs"], &rows), "parser     runs\nnpy        1000\nclip_name     7");
        assert_eq!(render(["parser", "runs"], &[]), "parser  runs");
    }
}
