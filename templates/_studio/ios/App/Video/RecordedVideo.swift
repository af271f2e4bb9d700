import CoreTransferable
import Foundation
import UniformTypeIdentifiers

/// What was recorded, to be handed to other apps.
struct RecordedVideo: Sendable, Transferable {
    let file: MovieFile
    let seconds: Double
    /// It had to end: there was no room left.
    let isCutShort: Bool

    var words: String {
        let words = String(format: String(localized: "video_contents"), NumberText.tenths(seconds))
        return isCutShort ? String(localized: "recording_failed") + "\n\n" + words : words
    }

    static var transferRepresentation: some TransferRepresentation {
        FileRepresentation(exportedContentType: .mpeg4Movie) { SentTransferredFile($0.file.url) }
            .suggestedFileName("video.mp4")
    }
}
