import SwiftUI
import UIKit

/// Draws results on the screen, on shared pictures and on recorded frames. Used by one thread at a time.
struct ResultPainter {
    // A dark rim makes outlines visible on a picture of the same colour.
    private static let rim = UIColor(white: 0, alpha: 0.4)
    /// In line widths, as the others.
    private static let rimWidth = 2.0
    private static let dotRadius = 2.0
    private static let dotRimRadius = 2.5

    private let font: UIFont
    private let textSize: Double
    private let lineWidth: Double
    private let drawing: Drawing

    /// Sizes in the units of the context.
    init(model: Model, textSize: Double, lineWidth: Double) {
        let font = ResultPainter.font(size: textSize)
        let texts = LabelTexts(names: model.classNames, number: Drawing.number) { text in
            NSString(string: text).size(withAttributes: [.font: font]).width
        }
        drawing = Drawing(of: model, texts: texts, style: LabelStyle(lineHeight: font.lineHeight, margin: lineWidth))
        (self.font, self.textSize, self.lineWidth) = (font, textSize, lineWidth)
    }

    /// For a picture of this size, in pixels.
    init(model: Model, size: CGSize) {
        let scale = (size.width * size.height).squareRoot() / 640  // a picture of this side has lines of 2 pixels
        self.init(model: model, textSize: 16 * scale, lineWidth: 2 * scale)
    }

    /// The first row of the context is at the top.
    func draw(_ result: PictureResult, in mapping: PictureMapping, on context: CGContext) {
        UIGraphicsPushContext(context)
        defer { UIGraphicsPopContext() }
        for mark in drawing.marks(for: result, in: mapping) {
            switch mark {
            case .outline(let rect, let color):
                stroke(Path(roundedRect: rect, cornerRadius: 0), color, in: context)
            case .path(let points, let isClosed, let color):
                stroke(Path(through: points, isClosed: isClosed), color, in: context)
            case .dot(let point, let color):
                fill(Path(dot: point, radius: lineWidth * ResultPainter.dotRimRadius), ResultPainter.rim, in: context)
                fill(Path(dot: point, radius: lineWidth * ResultPainter.dotRadius), UIColor(color), in: context)
            case .painting(let painting, let placement):
                draw(painting, placement, in: context)
            case .label(let rect, let text, let color):
                fill(Path(roundedRect: rect, cornerRadius: lineWidth), UIColor(color), in: context)
                write(text, at: CGPoint(x: rect.minX + lineWidth, y: rect.minY + lineWidth), color.letters, font)
            case .plate(let rect, let color, let opacity):
                fill(Path(roundedRect: rect, cornerRadius: 0), UIColor(color, opacity: opacity), in: context)
            case .text(let text, let point, let color, let scale):
                write(text, at: point, color, ResultPainter.font(size: textSize * scale))
            }
        }
    }

    private static func font(size: Double) -> UIFont { UIFont.systemFont(ofSize: size, weight: .medium) }

    private func write(_ text: String, at point: CGPoint, _ color: ClassColor, _ font: UIFont) {
        NSString(string: text).draw(at: point, withAttributes: [.font: font, .foregroundColor: UIColor(color)])
    }

    private func stroke(_ path: Path, _ color: ClassColor, in context: CGContext) {
        for (color, width) in [(ResultPainter.rim, lineWidth * ResultPainter.rimWidth), (UIColor(color), lineWidth)] {
            context.addPath(path.cgPath)
            context.setStrokeColor(color.cgColor)
            context.setLineWidth(width)
            context.strokePath()
        }
    }

    private func fill(_ path: Path, _ color: UIColor, in context: CGContext) {
        context.addPath(path.cgPath)
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

extension UIColor {
    fileprivate convenience init(_ color: ClassColor, opacity: Double = 1) {
        self.init(red: color.red, green: color.green, blue: color.blue, alpha: opacity)
    }
}

extension Path {
    fileprivate init(through points: [CGPoint], isClosed: Bool) {
        self.init { path in
            path.addLines(points)
            if isClosed { path.closeSubpath() }
        }
    }

    fileprivate init(dot center: CGPoint, radius: Double) {
        self.init(ellipseIn: CGRect(x: center.x - radius, y: center.y - radius, width: 2 * radius, height: 2 * radius))
    }
}

extension Painting {
    /// The same pixels, not copied.
    fileprivate var image: CGImage? {
        guard width > 0, height > 0, let space = CGColorSpace(name: CGColorSpace.sRGB) else { return nil }
        return Photo.image(of: rgba, width: width, height: height, space, alpha: .premultipliedLast)
    }
}

extension Placement {
    /// From the pixels of a painting to their place.
    fileprivate func transform(width: Int, height: Int) -> CGAffineTransform {
        CGAffineTransform(
            a: (topRight.x - topLeft.x) / Double(width), b: (topRight.y - topLeft.y) / Double(width),
            c: (bottomLeft.x - topLeft.x) / Double(height), d: (bottomLeft.y - topLeft.y) / Double(height),
            tx: topLeft.x, ty: topLeft.y)
    }
}
