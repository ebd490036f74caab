using Pyrsia.Builds.Images;

namespace Pyrsia.Builds.Sandboxes;

/// <summary>
/// Runs one command in a fresh sandbox on a builder image. Whatever the command does, it reaches no network, changes nothing of the image or the machine,
/// is never root, and is gone with everything that it started when the run ends.
/// </summary>
/// <remarks>Every implementation passes the same compliance suite and gives a command the same surroundings (<see cref="SandboxLayout"/>), so that equal sources give equal bytes.</remarks>
public interface ISandbox : IAsyncDisposable
{
    /// <summary>The implementation, as it stands in provenance: <c>bubblewrap</c> or <c>docker</c>.</summary>
    string Name { get; }

    /// <summary>Makes an image ready to run on, so that the first run need not wait for that; without it, the first run does it.</summary>
    /// <exception cref="SandboxException">This machine cannot.</exception>
    Task PrepareAsync(BuilderImage image, CancellationToken cancellationToken);

    /// <summary>Runs a command to its end, or to the first limit that it hits.</summary>
    /// <exception cref="ArgumentException">The run itself is malformed: a bad name, a missing directory, limits that contradict each other.</exception>
    /// <exception cref="SandboxException">This machine could not provide the sandbox; nothing is said about the command.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up; the sandbox is gone.</exception>
    Task<SandboxResult> RunAsync(SandboxRun run, CancellationToken cancellationToken);
}
