import Foundation

/// The state of the selection, for the screen.
struct SelectionStatus: Equatable, Sendable {
    /// A text of Localizable.xcstrings.
    struct Line: Equatable {
        let key: String
        var arguments: [String] = []
    }

    /// A program in the self-check's table.
    struct Row: Equatable {
        let title: String
        /// Nil: it was not compared.
        var isPassed: Bool?
        var worst = "?"
        var milliseconds = "?"
        var loadMilliseconds = "?"

        var line: Line { Line(key: "backend_row", arguments: [worst, milliseconds, loadMilliseconds]) }
    }

    /// Of the extra program's backend.
    let title: String
    var choice: BackendChoice
    /// Nil: no trial yet.
    var record: SelectionRecord?
    var isTrying = false
    var isServing = false

    /// The program that serves, and why.
    var line: Line {
        if choice == .cpu { return Line(key: "backend_cpu") }
        if isTrying { return Line(key: "backend_trying", arguments: [title]) }
        guard let record else { return Line(key: "backend_cpu") }
        if !isServing, record.crashes > 0, choice == .further || ![.slower, .wrong].contains(record.state) {
            let isOut = record.crashes >= Selection.crashesUntilOut
            return Line(key: isOut ? "backend_crashed" : "backend_crashed_once", arguments: [title])
        }
        let (time, cpuTime) = (text(record.milliseconds), text(record.cpuMilliseconds))
        switch (record.state, isServing) {
        case (.selected, true):
            return Line(key: "backend_chosen", arguments: [title, time, String(record.pictures), cpuTime])
        case (.slower, true): return Line(key: "backend_forced_slower", arguments: [title, time, cpuTime])
        case (.wrong, true): return Line(key: "backend_forced_wrong", arguments: [title])
        case (.slower, false): return Line(key: "backend_slower", arguments: [cpuTime, title, time])
        case (.wrong, false): return Line(key: "backend_wrong", arguments: [title])
        case (.failed, _): return Line(key: "backend_failed", arguments: [title])
        case (.crashed, _): return Line(key: "backend_crashed", arguments: [title])
        case (.dropped, _): return Line(key: "backend_dropped", arguments: [title])
        case (.selected, false): return Line(key: "backend_cpu")
        }
    }

    /// The programs after a self-check of the CPU's.
    func rows(isPassed: Bool, worst: String) -> [Row] {
        [
            Row(
                title: "CPU", isPassed: isPassed, worst: worst, milliseconds: text(record?.cpuMilliseconds),
                loadMilliseconds: text(record?.cpuLoadMilliseconds)),
            Row(
                title: title, isPassed: isRight, worst: record.flatMap { $0.worst.isEmpty ? nil : $0.worst } ?? "?",
                milliseconds: text(record?.milliseconds), loadMilliseconds: text(record?.loadMilliseconds)),
        ]
    }

    /// The same for a report, in English.
    func report(isPassed: Bool, worst: String) -> [String] {
        zip(rows(isPassed: isPassed, worst: worst), [isPassed ? "passed" : "FAILED", verdict]).map { row, verdict in
            "\(row.title): \(verdict), worst difference \(row.worst), \(row.milliseconds) ms, "
                + "loaded in \(row.loadMilliseconds) ms"
        }
    }

    private var verdict: String {
        switch record?.state {
        case .selected: "passed"
        case .slower: "passed, slower than the CPU"
        case .wrong: "FAILED (\(record?.verdict ?? ""))"
        case .failed: "cannot run here (\(record?.verdict ?? ""))"
        case .crashed: "crashed the app"
        case .dropped: "failed five times in a row"
        case nil: "not checked yet"
        }
    }

    private var isRight: Bool? {
        switch record?.state {
        case .selected, .slower: true
        case .wrong, .failed, .crashed, .dropped: false
        case nil: nil
        }
    }

    private func text(_ milliseconds: Double?) -> String {
        milliseconds.map { String(format: "%.1f", $0) } ?? "?"
    }
}
