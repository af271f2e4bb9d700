import CoreVideo

extension Detector {
    /// Looks at the camera's own memory: nothing is copied, the buffer is locked meanwhile.
    func detect(in buffer: CVPixelBuffer, orientation: ExifOrientation) throws -> DetectionResult {
        let orientation = ImageOrientation(orientation)
        return try StoredPixels.read(buffer) { pixels in
            switch pixels {
            case .packed(let plane):
                try detect(
                    bytes: plane.bytes, width: plane.width, height: plane.height, bytesPerRow: plane.bytesPerRow,
                    pixelFormat: .bgra, orientation: orientation)
            case .planes(let luma, let chroma, let encoding):
                try detect(
                    luma: luma.bytes, lumaBytesPerRow: luma.bytesPerRow, chroma: chroma.bytes,
                    chromaBytesPerRow: chroma.bytesPerRow, width: luma.width, height: luma.height, encoding: encoding,
                    orientation: orientation)
            }
        }
    }

    /// The same, with what becomes of the frame at every stage.
    func capture(of buffer: CVPixelBuffer, orientation: ExifOrientation) throws -> DetectorCapture {
        let orientation = ImageOrientation(orientation)
        return try StoredPixels.read(buffer) { pixels in
            switch pixels {
            case .packed(let plane):
                try capture(
                    bytes: plane.bytes, width: plane.width, height: plane.height, bytesPerRow: plane.bytesPerRow,
                    pixelFormat: .bgra, orientation: orientation)
            case .planes(let luma, let chroma, let encoding):
                try capture(
                    luma: luma.bytes, lumaBytesPerRow: luma.bytesPerRow, chroma: chroma.bytes,
                    chromaBytesPerRow: chroma.bytesPerRow, width: luma.width, height: luma.height, encoding: encoding,
                    orientation: orientation)
            }
        }
    }
}

/// How the pixels of a buffer lie in memory.
private enum StoredPixels {
    struct Plane {
        let bytes: UnsafeMutableRawPointer
        let width: Int
        let height: Int
        let bytesPerRow: Int
    }

    /// Blue, green, red, and one that means nothing.
    case packed(Plane)
    case planes(luma: Plane, chroma: Plane, YCbCrEncoding)

    /// The buffer is locked until `look` returns.
    static func read<Seen>(_ buffer: CVPixelBuffer, look: (StoredPixels) throws -> Seen) throws -> Seen {
        CVPixelBufferLockBaseAddress(buffer, .readOnly)
        defer { CVPixelBufferUnlockBaseAddress(buffer, .readOnly) }
        switch CVPixelBufferGetPixelFormatType(buffer) {
        case kCVPixelFormatType_32BGRA:
            guard let bytes = CVPixelBufferGetBaseAddress(buffer) else { throw DetectorError(.invalidImage) }
            let plane = Plane(
                bytes: bytes, width: CVPixelBufferGetWidth(buffer), height: CVPixelBufferGetHeight(buffer),
                bytesPerRow: CVPixelBufferGetBytesPerRow(buffer))
            return try look(.packed(plane))
        case kCVPixelFormatType_420YpCbCr8BiPlanarFullRange:
            return try look(planes(of: buffer, isFullRange: true))
        case kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange:
            return try look(planes(of: buffer, isFullRange: false))
        default:
            throw DetectorError(.invalidImage)
        }
    }

    private static func planes(of buffer: CVPixelBuffer, isFullRange: Bool) throws -> StoredPixels {
        let encoding = YCbCrEncoding(of: buffer, isFullRange: isFullRange)
        return .planes(luma: try plane(0, of: buffer), chroma: try plane(1, of: buffer), encoding)
    }

    /// With the size of the whole picture.
    private static func plane(_ number: Int, of buffer: CVPixelBuffer) throws -> Plane {
        guard let bytes = CVPixelBufferGetBaseAddressOfPlane(buffer, number) else { throw DetectorError(.invalidImage) }
        return Plane(
            bytes: bytes, width: CVPixelBufferGetWidth(buffer), height: CVPixelBufferGetHeight(buffer),
            bytesPerRow: CVPixelBufferGetBytesPerRowOfPlane(buffer, number))
    }
}

extension ImageOrientation {
    /// Both have EXIF's numbers.
    init(_ orientation: ExifOrientation) {
        self = ImageOrientation(rawValue: orientation.rawValue) ?? .up
    }
}

extension YCbCrEncoding {
    /// The camera says by which matrix it made its colours; a buffer that says nothing is taken as Rec. 709, as HD video is.
    fileprivate init(of buffer: CVPixelBuffer, isFullRange: Bool) {
        let matrix = CVBufferCopyAttachment(buffer, kCVImageBufferYCbCrMatrixKey, nil) as? String
        let isStandardDefinition = matrix == kCVImageBufferYCbCrMatrix_ITU_R_601_4 as String
        switch (isStandardDefinition, isFullRange) {
        case (true, true): self = .bt601Full
        case (true, false): self = .bt601Video
        case (false, true): self = .bt709Full
        case (false, false): self = .bt709Video
        }
    }
}
