import Darwin
import Foundation

/// The result of the trial of an extra program, kept for the next start.
struct SelectionRecord: Codable, Equatable, Sendable {
    enum State: String, Codable, Sendable {
        case selected, slower, wrong, failed, crashed, dropped
    }

    /// Device, system, app and programs. With another key, the trial is repeated.
    let key: String
    var state: State
    /// The first failure, in English; empty: none.
    var verdict = ""
    /// The largest difference of the result, with its unit.
    var worst = ""
    var pictures = 0
    /// How many starts of the program in a row have crashed the app.
    var crashes = 0
    var milliseconds: Double?
    var cpuMilliseconds: Double?
    var loadMilliseconds: Double?
    var cpuLoadMilliseconds: Double?
}

/// The user's setting.
enum BackendChoice: String, CaseIterable, Sendable {
    /// The fastest program that is right.
    case automatic
    /// The extra program, even if it is slower or wrong.
    case further
    case cpu
}

/// The record, the marker and the setting in a folder of the app.
struct SelectionFolder: Sendable {
    let url: URL

    private var recordFile: URL { url.appendingPathComponent("selection.json") }
    private var choiceFile: URL { url.appendingPathComponent("backend.txt") }
    private var markerFile: URL { url.appendingPathComponent("selection-running.txt") }

    /// Nil: there is none, or it cannot be read.
    func readRecord() -> SelectionRecord? {
        (try? Data(contentsOf: recordFile)).flatMap { try? JSONDecoder().decode(SelectionRecord.self, from: $0) }
    }

    func write(_ record: SelectionRecord) throws {
        try write(try JSONEncoder().encode(record), to: recordFile)
    }

    /// The key of the program that ran when the app last ended; nil: none.
    func readMarker() -> String? {
        try? String(contentsOf: markerFile, encoding: .utf8)
    }

    /// It is on the disk when this returns: a driver may restart the device. Takes a while: not for the main thread.
    func writeMarker(_ key: String) throws {
        try write(Data(key.utf8), to: markerFile)
        for path in [markerFile.path, url.path] {  // the bytes, and the name in the folder
            let file = open(path, O_RDONLY)
            guard file >= 0 else { throw CocoaError(.fileWriteUnknown) }
            _ = fcntl(file, F_FULLFSYNC)  // fsync leaves the bytes in the drive's cache
            close(file)
        }
    }

    func removeMarker() {
        try? FileManager.default.removeItem(at: markerFile)
    }

    func readChoice() -> BackendChoice {
        (try? String(contentsOf: choiceFile, encoding: .utf8)).flatMap(BackendChoice.init) ?? .automatic
    }

    func write(_ choice: BackendChoice) throws {
        try write(Data(choice.rawValue.utf8), to: choiceFile)
    }

    private func write(_ data: Data, to file: URL) throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        try data.write(to: file, options: .atomic)
    }
}
