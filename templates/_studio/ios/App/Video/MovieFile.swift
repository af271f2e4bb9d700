import CoreTransferable
import Foundation
import UniformTypeIdentifiers

/// A video's file in the app's temporary folder: it goes with the last who has it.
final class MovieFile: Transferable {
    private static let folder = FileManager.default.temporaryDirectory.appendingPathComponent("videos")

    let url: URL

    init(pathExtension: String) {
        // Whoever writes the file says it where there is no folder.
        try? FileManager.default.createDirectory(at: MovieFile.folder, withIntermediateDirectories: true)
        url = MovieFile.folder.appendingPathComponent(UUID().uuidString).appendingPathExtension(pathExtension)
    }

    /// An app that the system ends leaves its videos. To be called as it starts again, before there is another one.
    static func removeOld() {
        try? FileManager.default.removeItem(at: folder)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    static var transferRepresentation: some TransferRepresentation {
        FileRepresentation(importedContentType: .movie) { received in
            let copy = MovieFile(pathExtension: received.file.pathExtension)
            try FileManager.default.copyItem(at: received.file, to: copy.url)
            return copy
        }
    }
}
