using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>Tests that measure the process and run when no other does.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;
