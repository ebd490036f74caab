using Xunit;

namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>The classes that share the engine.</summary>
[CollectionDefinition(nameof(DockerCollection))]
public sealed class DockerCollection : ICollectionFixture<DockerFixture>;
