import CoreTransferable
import Foundation
import UniformTypeIdentifiers

/// A picture and what became of it at every stage, for `edgegen explain`, to be handed to other apps.
struct Capture: Sendable, Transferable {
    let tar: Data

    /// Such as 900 KB.
    var size: String {
        ByteCountFormatter.string(fromByteCount: Int64(tar.count), countStyle: .file)
    }

    static var transferRepresentation: some TransferRepresentation {
        DataRepresentation(exportedContentType: UTType(filenameExtension: "tar") ?? .data) { $0.tar }
            .suggestedFileName("capture.tar")
    }
}
