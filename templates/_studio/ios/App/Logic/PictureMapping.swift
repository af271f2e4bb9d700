import Foundation

/// How a picture of another shape is shown in a view, always in its middle.
enum Aspect: String, CaseIterable, Sendable {
    /// The whole picture, with bars beside it: AVLayerVideoGravity.resizeAspect.
    case fit
    /// The whole view, with parts of the picture cut off: AVLayerVideoGravity.resizeAspectFill.
    case fill
}

/// How much of each edge of a view controls cover, in its points.
struct Margins: Equatable, Sendable {
    var left = 0.0
    var top = 0.0
    var right = 0.0
    var bottom = 0.0
}

/// Where a picture's pixels lie in the view that shows it.
struct PictureMapping: Equatable, Sendable {
    /// Points of the view for a pixel of the picture; 0 where picture or view have no area.
    let scale: Double
    /// The whole picture's place in the view; it sticks out where the picture fills the view.
    let frame: CGRect
    /// The part of the picture that can be seen.
    let visible: CGRect
    /// The part of it that no control covers: there is room for words.
    let free: CGRect

    /// Its place before it is magnified and moved.
    let place: CGRect
    let view: CGSize

    /// After its turns the picture is shown as in a mirror.
    let isMirrored: Bool
    private let picture: CGSize
    private let quarterTurns: Int

    /// `picture`: in pixels, as the detector saw it. `quarterTurns`: clockwise, from there to what the view shows.
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
        let zoom = zoom.within(place, view)
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

    /// Where an upright rectangle between two places of the picture, in its pixels, lies in the view.
    func rect(from: CGPoint, to: CGPoint) -> CGRect {
        let (first, second) = (point(of: from), point(of: to))
        return CGRect(
            x: min(first.x, second.x), y: min(first.y, second.y),
            width: abs(second.x - first.x), height: abs(second.y - first.y))
    }

    /// Where a place of the picture, in its pixels, lies in the view.
    func point(of pixel: CGPoint) -> CGPoint {
        let turned =
            switch quarterTurns {
            case 1: CGPoint(x: height - pixel.y, y: pixel.x)
            case 2: CGPoint(x: width - pixel.x, y: height - pixel.y)
            case 3: CGPoint(x: pixel.y, y: width - pixel.x)
            default: pixel
            }
        let across = turned.x * scale
        return CGPoint(x: isMirrored ? frame.maxX - across : frame.minX + across, y: frame.minY + turned.y * scale)
    }

    /// What the view shows at this point, in pixels of the picture, which may lie outside it; nil where there is none.
    func pixel(at point: CGPoint) -> CGPoint? {
        if isEmpty { return nil }
        let x = (isMirrored ? frame.maxX - point.x : point.x - frame.minX) / scale
        let y = (point.y - frame.minY) / scale
        return switch quarterTurns {
        case 1: CGPoint(x: y, y: height - x)
        case 2: CGPoint(x: width - x, y: height - y)
        case 3: CGPoint(x: width - y, y: x)
        default: CGPoint(x: x, y: y)
        }
    }

    /// The same as shares of the picture's width and height.
    func share(at point: CGPoint) -> CGPoint? {
        pixel(at: point).map { CGPoint(x: $0.x / width, y: $0.y / height) }
    }

    private var width: Double { picture.width }
    private var height: Double { picture.height }

    private static func rect(of picture: CGSize, scale: Double, in view: CGSize) -> CGRect {
        let size = CGSize(width: picture.width * scale, height: picture.height * scale)
        return CGRect(
            x: (view.width - size.width) / 2, y: (view.height - size.height) / 2, width: size.width, height: size.height)
    }

    private static func scale(of picture: CGSize, in view: CGSize, _ aspect: Aspect) -> Double {
        guard picture.width > 0, picture.height > 0, view.width > 0, view.height > 0 else { return 0 }
        let across = view.width / picture.width
        let down = view.height / picture.height
        return aspect == .fit ? min(across, down) : max(across, down)
    }
}
