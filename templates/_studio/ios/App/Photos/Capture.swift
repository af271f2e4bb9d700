import CoreTransferable
import Foundation
import UniformTypeIdentifiers

/// A picture and what became of it at every stage, for `edgegen explain`, to be handed to other apps.
struct Capture: Sendable, Transferable {
    let tar: Data

    /// What is in it.
    var words: String {
        // Such as 900 KB
        let size = ByteCountFormatter.string(fromByteCount: Int64(tar.count), countStyle: .file)
        return String(format: String(localized: "capture_contents"), size)
    }

    static var transferRepresentation: some TransferRepresentation {
        DataRepresentation(exportedContentType: UTType(filenameExtension: "tar") ?? .data) { $0.tar }
            .suggestedFileName("capture.tar")
    }
}
