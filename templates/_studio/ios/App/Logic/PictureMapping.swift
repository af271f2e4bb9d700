import Foundation

/// How a picture is shown in a view of another shape, always centred.
enum Aspect: String, CaseIterable, Sendable {
    /// The whole picture, with bars.
    case fit
    /// The whole view, with cut edges of the picture.
    case fill
}

/// How much of each edge of a view is covered by controls, in points.
struct Margins: Equatable, Sendable {
    var left = 0.0
    var top = 0.0
    var right = 0.0
    var bottom = 0.0
}

/// Maps pixels of a picture to points of the view that shows it, and back.
struct PictureMapping: Equatable, Sendable {
    /// Points for a pixel; 0 if picture or view have no area.
    let scale: Double
    /// The whole picture in the view. It is larger than a filled view.
    let frame: CGRect
    /// The visible part of the picture.
    let visible: CGRect
    /// The part of it that no control covers.
    let free: CGRect

    /// The frame before the picture is magnified and moved.
    let place: CGRect
    let view: CGSize
    /// After its turns.
    let isMirrored: Bool
    private let picture: CGSize
    private let quarterTurns: Int

    /// `picture`: in pixels, as the detector sees it. `quarterTurns`: clockwise, from there to the view.
    init(
        picture: CGSize, quarterTurns: Int = 0, isMirrored: Bool = false, view: CGSize, aspect: Aspect,
        covered: Margins = Margins(), zoom: PhotoZoom = PhotoZoom()
    ) {
        self.picture = picture
        self.view = view
        self.quarterTurns = quarterTurns
        self.isMirrored = isMirrored
        let shown = quarterTurns % 2 == 0 ? picture : CGSize(width: picture.height, height: picture.width)
        let usual = PictureMapping.scale(of: shown, in: view, aspect)
        scale = usual * zoom.scale
        place = PictureMapping.rect(of: shown, scale: usual, in: view)
        let zoom = zoom.limited(to: place, view)
        frame = PictureMapping.rect(of: shown, scale: scale, in: view)
            .offsetBy(dx: zoom.offset.width, dy: zoom.offset.height)
        visible = scale > 0 ? frame.intersection(CGRect(origin: .zero, size: view)) : .zero
        let free = visible.intersection(
            CGRect(
                x: covered.left, y: covered.top, width: max(0, view.width - covered.left - covered.right),
                height: max(0, view.height - covered.top - covered.bottom)))
        self.free = free.isNull ? .zero : free
    }

    var isEmpty: Bool { scale <= 0 }

    /// The rectangle in the view between two pixels.
    func rect(from: CGPoint, to: CGPoint) -> CGRect {
        let (first, second) = (point(of: from), point(of: to))
        return CGRect(
            x: min(first.x, second.x), y: min(first.y, second.y),
            width: abs(second.x - first.x), height: abs(second.y - first.y))
    }

    /// The point in the view of a pixel.
    func point(of pixel: CGPoint) -> CGPoint {
        let turned =
            switch quarterTurns {
            case 1: CGPoint(x: picture.height - pixel.y, y: pixel.x)
            case 2: CGPoint(x: picture.width - pixel.x, y: picture.height - pixel.y)
            case 3: CGPoint(x: pixel.y, y: picture.width - pixel.x)
            default: pixel
            }
        let across = turned.x * scale
        return CGPoint(x: isMirrored ? frame.maxX - across : frame.minX + across, y: frame.minY + turned.y * scale)
    }

    /// The pixel at a point of the view, which may be outside the picture; nil if there is no picture.
    func pixel(at point: CGPoint) -> CGPoint? {
        if isEmpty { return nil }
        let x = (isMirrored ? frame.maxX - point.x : point.x - frame.minX) / scale
        let y = (point.y - frame.minY) / scale
        return switch quarterTurns {
        case 1: CGPoint(x: y, y: picture.height - x)
        case 2: CGPoint(x: picture.width - x, y: picture.height - y)
        case 3: CGPoint(x: picture.width - y, y: x)
        default: CGPoint(x: x, y: y)
        }
    }

    /// The same in shares of the picture's width and height.
    func share(at point: CGPoint) -> CGPoint? {
        pixel(at: point).map { CGPoint(x: $0.x / picture.width, y: $0.y / picture.height) }
    }

    private static func rect(of picture: CGSize, scale: Double, in view: CGSize) -> CGRect {
        let size = CGSize(width: picture.width * scale, height: picture.height * scale)
        return CGRect(
            x: (view.width - size.width) / 2, y: (view.height - size.height) / 2, width: size.width, height: size.height)
    }

    private static func scale(of picture: CGSize, in view: CGSize, _ aspect: Aspect) -> Double {
        guard picture.width > 0, picture.height > 0, view.width > 0, view.height > 0 else { return 0 }
        let (across, down) = (view.width / picture.width, view.height / picture.height)
        return aspect == .fit ? min(across, down) : max(across, down)
    }
}
