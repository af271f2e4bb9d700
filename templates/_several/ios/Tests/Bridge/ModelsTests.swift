import XCTest

@testable import App

/// Each model of the app, compared with its own golden vectors.
final class ModelsTests: XCTestCase {
    override func tearDown() {
        ModelFiles.choose(ModelFiles.models[0])  // for all other tests
        super.tearDown()
    }

    func testEveryModelPassesItsOwnVectorsAndHasItsMetadata() throws {
        for model in ModelFiles.models {
            ModelFiles.choose(model)
            XCTAssertEqual(ModelInfo.modelName, model.name)
            XCTAssertEqual(ModelInfo.classNames, model.classNames)
            let report = try SelfCheck.run(
                modelPath: ModelFiles.path(of: model), vectorsPath: ModelFiles.vectors(of: model))
            XCTAssertTrue(report.isPassed, "\(model.name): \(report.stages.flatMap(\.problems))")
            let text = try String(contentsOfFile: ModelFiles.metadata(of: model), encoding: .utf8)
            XCTAssertTrue(text.contains("names"), model.name)
        }
    }
}
