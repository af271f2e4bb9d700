import CoreTransferable
import Foundation
import UniformTypeIdentifiers

/// A video's file in the app's temporary folder: it goes with the last who has it.
final class MovieFile: Transferable {
    let url: URL

    init(pathExtension: String) {
        url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            .appendingPathExtension(pathExtension)
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
