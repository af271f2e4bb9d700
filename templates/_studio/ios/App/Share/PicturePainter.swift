import SwiftUI
import UIKit

/// The letters of labels, on the screen and in shared pictures.
struct LabelFont {
    let size: Double

    var font: UIFont { UIFont.systemFont(ofSize: size, weight: .medium) }

    func drawing(of model: Model, lineWidth: Double) -> Drawing {
        let font = font
        let texts = LabelTexts(names: model.classNames, number: Drawing.number) { text in
            NSString(string: text).size(withAttributes: [.font: font]).width
        }
        return Drawing(of: model, texts: texts, style: LabelStyle(lineHeight: font.lineHeight, margin: lineWidth))
    }
}

/// A dark rim makes outlines visible on a picture of the same colour.
enum Rim {
    static let darkness = 0.4
    /// In line widths.
    static let width = 2.0
}

/// The radius of a keypoint, in line widths.
enum Dot {
    static let rim = 2.5
    static let radius = 2.0
}

/// Draws on a shared picture or a recorded frame, in its pixels. Used by one thread at a time.
struct PicturePainter {
    private let size: CGSize
    private let font: UIFont
    private let textSize: Double
    private let lineWidth: Double
    private let drawing: Drawing

    init(model: Model, size: CGSize) {
        let scale = (size.width * size.height).squareRoot() / 640  // a picture of this side has lines of 2 pixels
        textSize = 16 * scale
        lineWidth = 2 * scale
        self.size = size
        let letters = LabelFont(size: textSize)
        font = letters.font
        drawing = letters.drawing(of: model, lineWidth: lineWidth)
    }

    /// Draws the upright picture, not mirrored, and its result into UIKit's current context.
    func draw(_ snapshot: Snapshot, in context: CGContext) {
        UIImage(cgImage: snapshot.image, scale: 1, orientation: .init(snapshot.orientation))
            .draw(in: mapping(of: snapshot.result).frame)
        draw(snapshot.result, in: context)
    }

    /// Draws the result over a picture that is already there.
    func draw(_ result: PictureResult, in context: CGContext) {
        for mark in drawing.marks(for: result, in: mapping(of: result)) {
            switch mark {
            case .outline(let rect, let color):
                stroke(Path(roundedRect: rect, cornerRadius: 0), color, in: context)
            case .path(let points, let isClosed, let color):
                stroke(Path(through: points, isClosed: isClosed), color, in: context)
            case .dot(let point, let color):
                fill(Path(dot: point, radius: lineWidth * Dot.rim).cgPath, Rim.color, in: context)
                fill(Path(dot: point, radius: lineWidth * Dot.radius).cgPath, UIColor(color), in: context)
            case .painting(let painting, let placement):
                draw(painting, placement, in: context)
            case .label(let rect, let text, let color):
                UIColor(color).setFill()
                UIBezierPath(roundedRect: rect, cornerRadius: lineWidth).fill()
                NSString(string: text).draw(
                    at: CGPoint(x: rect.minX + lineWidth, y: rect.minY + lineWidth),
                    withAttributes: [.font: font, .foregroundColor: UIColor(color.letters)])
            case .plate(let rect, let color, let opacity):
                fill(Path(roundedRect: rect, cornerRadius: 0).cgPath, UIColor(color, opacity: opacity), in: context)
            case .text(let text, let point, let color, let scale):
                let font = LabelFont(size: textSize * scale).font
                NSString(string: text).draw(at: point, withAttributes: [.font: font, .foregroundColor: UIColor(color)])
            }
        }
    }

    func mapping(of result: PictureResult) -> PictureMapping {
        PictureMapping(picture: result.size, view: size, aspect: .fit)
    }

    private func stroke(_ path: Path, _ color: ClassColor, in context: CGContext) {
        for (color, width) in [(Rim.color, lineWidth * Rim.width), (UIColor(color), lineWidth)] {
            context.addPath(path.cgPath)
            context.setStrokeColor(color.cgColor)
            context.setLineWidth(width)
            context.strokePath()
        }
    }

    private func fill(_ path: CGPath, _ color: UIColor, in context: CGContext) {
        context.addPath(path)
        context.setFillColor(color.cgColor)
        context.fillPath()
    }

    private func draw(_ painting: Painting, _ placement: Placement, in context: CGContext) {
        guard let image = painting.image else { return }
        context.saveGState()
        defer { context.restoreGState() }
        context.clip(to: placement.visible)
        context.concatenate(placement.transform(width: image.width, height: image.height))
        let place = CGRect(x: 0, y: 0, width: image.width, height: image.height)
        // By UIKit: the first row of a CGContext is at the bottom.
        UIImage(cgImage: image, scale: 1, orientation: .up).draw(in: place)
    }
}

extension Rim {
    fileprivate static let color = UIColor(white: 0, alpha: darkness)
}

extension UIColor {
    fileprivate convenience init(_ color: ClassColor, opacity: Double = 1) {
        self.init(red: color.red, green: color.green, blue: color.blue, alpha: opacity)
    }
}

extension Path {
    init(through points: [CGPoint], isClosed: Bool) {
        self.init { path in
            path.addLines(points)
            if isClosed { path.closeSubpath() }
        }
    }

    init(dot center: CGPoint, radius: Double) {
        self.init(ellipseIn: CGRect(x: center.x - radius, y: center.y - radius, width: 2 * radius, height: 2 * radius))
    }
}

extension Painting {
    /// The same pixels, not copied.
    var image: CGImage? {
        guard width > 0, height > 0, let space = CGColorSpace(name: CGColorSpace.sRGB) else { return nil }
        return Photo.image(of: rgba, width: width, height: height, space, alpha: .premultipliedLast)
    }
}

extension Placement {
    /// From the pixels of a painting to their place.
    func transform(width: Int, height: Int) -> CGAffineTransform {
        CGAffineTransform(
            a: (topRight.x - topLeft.x) / Double(width), b: (topRight.y - topLeft.y) / Double(width),
            c: (bottomLeft.x - topLeft.x) / Double(height), d: (bottomLeft.y - topLeft.y) / Double(height),
            tx: topLeft.x, ty: topLeft.y)
    }
}
