//! Whole names, to tell which tracks are called exactly as asked, or begin so.
//!
//! This file does not know what the names are of, nor how they are folded.

/// Folded names, sorted, and whose they are.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// One after the other.
    text: String,
    /// Where each name begins, and the end.
    starts: Vec<usize>,
    /// Whose name it is.
    tracks: Vec<u32>,
}

impl Names {
    /// Sorts names. An empty one is nobody's.
    pub(super) fn of(mut names: Vec<(String, u32)>) -> Self {
        names.retain(|(name, _)| !name.is_empty());
        names.sort_unstable();
        let mut sorted = Self { starts: vec![0], ..Self::default() };
        sorted.text.reserve_exact(names.iter().map(|(name, _)| name.len()).sum());
        for (name, track) in &names {
            sorted.text.push_str(name);
            sorted.starts.push(sorted.text.len());
            sorted.tracks.push(*track);
        }
        sorted
    }

    /// Returns the tracks whose name is this.
    pub(super) fn equal_to(&self, name: &str) -> &[u32] {
        self.span(|other| other < name, |other| other == name)
    }

    /// Returns the tracks whose name begins with this, those whose name it is included.
    pub(super) fn beginning_with(&self, name: &str) -> &[u32] {
        self.span(|other| other < name, |other| other.starts_with(name))
    }

    fn span(&self, before: impl Fn(&str) -> bool, within: impl Fn(&str) -> bool) -> &[u32] {
        let start = self.first_not(0, before);
        &self.tracks[start..self.first_not(start, within)]
    }

    fn first_not(&self, start: usize, holds: impl Fn(&str) -> bool) -> usize {
        let (mut low, mut high) = (start, self.tracks.len());
        while low < high {
            let middle = low.midpoint(high);
            if holds(&self.text[self.starts[middle]..self.starts[middle + 1]]) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_whole_and_by_their_beginning() {
        let names = ["moon", "moonlight", "", "moon", "night"];
        let names = Names::of((0..).zip(names).map(|(track, name)| (name.to_owned(), track)).collect());
        assert_eq!(names.equal_to("moon"), [0, 3]);
        assert_eq!(names.beginning_with("moon"), [0, 3, 1]);
        assert!(names.equal_to("zzz").is_empty() && names.equal_to("").is_empty());
        assert!(Names::default().beginning_with("a").is_empty());
    }
}
