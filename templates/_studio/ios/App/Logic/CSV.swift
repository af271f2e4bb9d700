import Foundation

/// A table as RFC 4180 has it.
enum CSV {
    static func text(_ rows: [[String]]) -> String {
        rows.map { $0.map(field).joined(separator: ",") + "\r\n" }.joined()
    }

    private static func field(_ text: String) -> String {
        // By bytes: to Swift a carriage return with a line feed is one letter.
        let isPlain = text.utf8.allSatisfy { !Array(",\"\r\n".utf8).contains($0) }
        return isPlain ? text : "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }
}
