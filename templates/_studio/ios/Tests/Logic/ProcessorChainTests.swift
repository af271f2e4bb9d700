import XCTest

@testable import App

final class ProcessorChainTests: XCTestCase {
    private struct Best: ResultProcessor {
        let count: Int
        func process(_ result: inout PictureResult) {
            result = TestPipeline.result(min(count, TestPipeline.count(of: result)))
        }
    }

    /// Lets through what was there in the picture before, too.
    private struct Twice: ResultProcessor {
        var last = 0
        mutating func process(_ result: inout PictureResult) {
            let count = TestPipeline.count(of: result)
            result = TestPipeline.result(min(last, count))
            last = count
        }
    }

    func testWithoutProcessorsAResultStaysAsItIs() {
        var chain = ProcessorChain { [] }
        XCTAssertEqual(chain.process(TestPipeline.result(3)), TestPipeline.result(3))
    }

    func testEachGetsWhatTheOneBeforeItHasLeftAndRemembers() {
        var chain = ProcessorChain { [Best(count: 2), Twice()] }
        XCTAssertEqual(chain.process(TestPipeline.result(5)), TestPipeline.result(0))
        XCTAssertEqual(chain.process(TestPipeline.result(5)), TestPipeline.result(2))
    }

    func testAnotherSourceIsSeenByProcessorsThatRememberNothing() {
        var chain = ProcessorChain { [Twice()] }
        _ = chain.process(TestPipeline.result(5))
        chain.restart()
        XCTAssertEqual(chain.process(TestPipeline.result(3)), TestPipeline.result(0))
    }

    func testAPhotoIsNoFrame() {
        var chain = ProcessorChain { [Twice()] }
        _ = chain.process(TestPipeline.result(5))
        XCTAssertEqual(chain.processAlone(TestPipeline.result(1)), TestPipeline.result(0))
        XCTAssertEqual(chain.processAlone(TestPipeline.result(1)), TestPipeline.result(0), "the same photo again, by the slider")
        XCTAssertEqual(chain.process(TestPipeline.result(5)), TestPipeline.result(5))
    }
}
