/// Class names come from whoever trained the model: one may hold line breaks.
enum OneLine {
    static func text(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
