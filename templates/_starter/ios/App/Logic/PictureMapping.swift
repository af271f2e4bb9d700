import Foundation

/// Converts pixels of a picture to points of the view that shows it, centred.
struct PictureMapping {
    enum Mode {
        /// The whole picture, with bars beside it.
        case fit
        /// The whole view, with parts of the picture cut off.
        case fill
    }

    let picture: CGSize
    let view: CGSize
    /// Points for each pixel; 0 if the picture or the view is empty.
    let scale: Double
    /// Whether the view shows the picture as a mirror does.
    let isMirrored: Bool

    init(picture: CGSize, view: CGSize, mode: Mode, isMirrored: Bool = false) {
        self.picture = picture
        self.view = view
        self.isMirrored = isMirrored
        guard picture.width > 0, picture.height > 0, view.width > 0, view.height > 0 else {
            scale = 0
            return
        }
        let across = view.width / picture.width
        let down = view.height / picture.height
        scale = mode == .fit ? min(across, down) : max(across, down)
    }

    /// The place of the whole picture. It extends beyond the view if the picture fills the view.
    var frame: CGRect { rect(CGRect(origin: .zero, size: picture)) }

    func point(_ pixel: CGPoint) -> CGPoint {
        let fromCenter = (pixel.x - picture.width / 2) * scale
        return CGPoint(
            x: view.width / 2 + (isMirrored ? -fromCenter : fromCenter),
            y: view.height / 2 + (pixel.y - picture.height / 2) * scale)
    }

    func rect(_ pixels: CGRect) -> CGRect {
        let corner = point(CGPoint(x: isMirrored ? pixels.maxX : pixels.minX, y: pixels.minY))
        return CGRect(x: corner.x, y: corner.y, width: pixels.width * scale, height: pixels.height * scale)
    }
}
