import CoreVideo

extension Detector {
    /// Looks at the camera's own memory: nothing is copied, the buffer is locked meanwhile.
    func detect(in buffer: CVPixelBuffer, orientation: ExifOrientation) throws -> DetectionResult {
        let orientation = ImageOrientation(orientation)
        CVPixelBufferLockBaseAddress(buffer, .readOnly)
        defer { CVPixelBufferUnlockBaseAddress(buffer, .readOnly) }
        switch CVPixelBufferGetPixelFormatType(buffer) {
        case kCVPixelFormatType_32BGRA:
            return try detectPacked(buffer, orientation)
        case kCVPixelFormatType_420YpCbCr8BiPlanarFullRange:
            return try detectPlanes(buffer, isFullRange: true, orientation)
        case kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange:
            return try detectPlanes(buffer, isFullRange: false, orientation)
        default:
            throw DetectorError(.invalidImage)
        }
    }

    private func detectPacked(_ buffer: CVPixelBuffer, _ orientation: ImageOrientation) throws -> DetectionResult {
        guard let bytes = CVPixelBufferGetBaseAddress(buffer) else { throw DetectorError(.invalidImage) }
        return try detect(
            bytes: bytes, width: CVPixelBufferGetWidth(buffer), height: CVPixelBufferGetHeight(buffer),
            bytesPerRow: CVPixelBufferGetBytesPerRow(buffer), pixelFormat: .bgra, orientation: orientation)
    }

    private func detectPlanes(
        _ buffer: CVPixelBuffer, isFullRange: Bool, _ orientation: ImageOrientation
    ) throws -> DetectionResult {
        guard let luma = CVPixelBufferGetBaseAddressOfPlane(buffer, 0),
            let chroma = CVPixelBufferGetBaseAddressOfPlane(buffer, 1)
        else { throw DetectorError(.invalidImage) }
        return try detect(
            luma: luma, lumaBytesPerRow: CVPixelBufferGetBytesPerRowOfPlane(buffer, 0),
            chroma: chroma, chromaBytesPerRow: CVPixelBufferGetBytesPerRowOfPlane(buffer, 1),
            width: CVPixelBufferGetWidth(buffer), height: CVPixelBufferGetHeight(buffer),
            encoding: YCbCrEncoding(of: buffer, isFullRange: isFullRange), orientation: orientation)
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
