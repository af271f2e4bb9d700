import CoreVideo

extension Detector {
    /// Looks at the camera's own memory: nothing is copied, the buffer is locked meanwhile.
    func detect(in buffer: CVPixelBuffer, orientation: ExifOrientation) throws -> DetectionResult {
        CVPixelBufferLockBaseAddress(buffer, .readOnly)
        defer { CVPixelBufferUnlockBaseAddress(buffer, .readOnly) }
        let (width, height) = (CVPixelBufferGetWidth(buffer), CVPixelBufferGetHeight(buffer))
        switch CVPixelBufferGetPixelFormatType(buffer) {
        case kCVPixelFormatType_32BGRA:
            guard let bytes = CVPixelBufferGetBaseAddress(buffer) else { throw DetectorError(.invalidImage) }
            return try detect(
                bytes: bytes, width: width, height: height, bytesPerRow: CVPixelBufferGetBytesPerRow(buffer),
                pixelFormat: .bgra, orientation: ImageOrientation(orientation))
        case let format where YCbCrEncoding.formats.contains(format):
            guard let luma = CVPixelBufferGetBaseAddressOfPlane(buffer, 0),
                let chroma = CVPixelBufferGetBaseAddressOfPlane(buffer, 1)
            else { throw DetectorError(.invalidImage) }
            return try detect(
                luma: luma, lumaBytesPerRow: CVPixelBufferGetBytesPerRowOfPlane(buffer, 0), chroma: chroma,
                chromaBytesPerRow: CVPixelBufferGetBytesPerRowOfPlane(buffer, 1), width: width, height: height,
                encoding: YCbCrEncoding(of: buffer, format), orientation: ImageOrientation(orientation))
        default:
            throw DetectorError(.invalidImage)
        }
    }
}

extension ImageOrientation {
    /// Both have EXIF's numbers.
    init(_ orientation: ExifOrientation) {
        self = ImageOrientation(rawValue: orientation.rawValue) ?? .up
    }
}

extension YCbCrEncoding {
    fileprivate static let formats = [
        kCVPixelFormatType_420YpCbCr8BiPlanarFullRange, kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange,
    ]

    /// The camera says by which matrix it made its colours; a buffer that says nothing is taken as Rec. 709, as HD video is.
    fileprivate init(of buffer: CVPixelBuffer, _ format: OSType) {
        let matrix = CVBufferCopyAttachment(buffer, kCVImageBufferYCbCrMatrixKey, nil) as? String
        let isStandardDefinition = matrix == kCVImageBufferYCbCrMatrix_ITU_R_601_4 as String
        switch (isStandardDefinition, format == kCVPixelFormatType_420YpCbCr8BiPlanarFullRange) {
        case (true, true): self = .bt601Full
        case (true, false): self = .bt601Video
        case (false, true): self = .bt709Full
        case (false, false): self = .bt709Video
        }
    }
}
