import CoreTransferable
import UIKit
import UniformTypeIdentifiers

/// A picture with what was found drawn over it, to be handed to other apps.
struct AnnotatedPicture: Sendable, Transferable {
    private static let quality = 0.92
    /// Pixels of the longest side of what is shown of it before it is shared.
    private static let previewSide = 1600.0

    let jpeg: Data
    let preview: UIImage
    /// In words, for who cannot see the picture.
    let summary: String
    let report: FoundReport

    static var transferRepresentation: some TransferRepresentation {
        DataRepresentation(exportedContentType: .jpeg) { $0.jpeg }
            .suggestedFileName("picture.jpg")
    }

    @PictureWork
    static func make(of snapshot: Snapshot, model: Model) -> AnnotatedPicture {
        let size = PhotoSize.shared(snapshot.result.size)
        let painter = PicturePainter(model: model, size: size)
        let format = UIGraphicsImageRendererFormat.default()
        format.scale = 1
        format.opaque = true
        format.preferredRange = .standard
        let renderer = UIGraphicsImageRenderer(size: size, format: format)
        let jpeg = renderer.jpegData(withCompressionQuality: quality) { context in
            painter.draw(snapshot, in: context.cgContext)
        }
        let summary = Summary.text(snapshot.result, names: model.classNames, isLive: false)
        return AnnotatedPicture(
            jpeg: jpeg, preview: preview(of: jpeg, size: size), summary: summary,
            report: FoundReport(snapshot.result, of: model))
    }

    /// Decoded here: a view would do it on the main thread, in full size, and anew each time that it is shown.
    private static func preview(of jpeg: Data, size: CGSize) -> UIImage {
        let scale = min(1, previewSide / max(size.width, size.height))
        let small = CGSize(width: (size.width * scale).rounded(.up), height: (size.height * scale).rounded(.up))
        return UIImage(data: jpeg)?.preparingThumbnail(of: small) ?? UIImage()
    }
}

extension UIImage.Orientation {
    init(_ orientation: ExifOrientation) {
        self =
            switch orientation {
            case .up: .up
            case .upMirrored: .upMirrored
            case .down: .down
            case .downMirrored: .downMirrored
            case .leftMirrored: .leftMirrored
            case .right: .right
            case .rightMirrored: .rightMirrored
            case .left: .left
            }
    }
}
