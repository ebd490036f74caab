using Pyrsia.Builds;
using Pyrsia.Builds.Differences;
using Pyrsia.Builds.Images;
using Pyrsia.Builds.Repositories;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Builds.Sources;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Cli.Builds;

/// <summary>How a rebuild is made.</summary>
/// <param name="Images">Where builder images are.</param>
/// <param name="Sandbox">What holds it.</param>
/// <param name="DockerSocket">The Docker engine's socket.</param>
/// <param name="Folder">An empty private folder.</param>
/// <param name="AllowPrivateNetworks">Whether the source may be on a private address, as in test networks.</param>
internal sealed record RebuildPlan(string Images, SandboxKind Sandbox, string DockerSocket, string Folder, bool AllowPrivateNetworks);

/// <summary>Repeats a logged build on this machine from what its provenance says, and compares.</summary>
internal sealed class Rebuild(NodeClient node, HttpClient http, RebuildPlan plan, TimeProvider time)
{
    /// <summary>Builds and compares.</summary>
    /// <param name="statement">What was logged.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>One record a file, in the order of the statement.</returns>
    /// <exception cref="CliException">It cannot be built here.</exception>
    public async Task<IReadOnlyList<RebuiltFile>> RunAsync(SourceBuildStatement statement, CancellationToken cancellationToken)
    {
        var images = new BuilderImageStore(plan.Images);
        if (images.Find(statement.Specification.BuilderImage) is null)
            throw new CliException($"The builder image {statement.Specification.BuilderImage} is not in {plan.Images}.", "no-builder-image", "Get it from somebody who has it, or make it from the same packages: pyrsia-authority builder make --out DIR", ExitCode.NotFound);
        try
        {
            var built = await BuildAsync(images, statement, cancellationToken);
            return await new RebuildComparison(node, plan.Folder, new Diffoscope(time, DiffoscopePatience)).RunAsync(statement.Outputs, built.Files, cancellationToken);
        }
        catch (SandboxException e)
        {
            throw new CliException($"This machine has no sandbox to build in: {e.Message}", "no-sandbox", "Install bubblewrap, or start a Docker engine and give --docker-socket.", ExitCode.Failed, e);
        }
        catch (BuildFailureException e)
        {
            throw new CliException($"The rebuild failed: {e.Message}", e.Reason.ToWord(), $"With --keep DIR its log stays in {LogName}.", ExitCode.BuildFailed, e);
        }
    }

    /// <summary>How long diffoscope may look at one file.</summary>
    private static readonly TimeSpan DiffoscopePatience = TimeSpan.FromMinutes(1);

    /// <summary>The log's file in the folder.</summary>
    public const string LogName = "build.log";

    private async Task<BuiltFiles> BuildAsync(BuilderImageStore images, SourceBuildStatement statement, CancellationToken cancellationToken)
    {
        var work = Directory.CreateDirectory(Path.Combine(plan.Folder, "build")).FullName;
        using var log = new BuildLog(Path.Combine(plan.Folder, LogName));
        // Containers that a killed command leaves carry its process id; nobody else's are touched.
        var owner = $"pyrsia-rebuild-{Environment.ProcessId}";
        await using var sandbox = await SandboxSelector.OpenAsync(plan.Sandbox, Path.Combine(plan.Folder, "sandbox"), plan.DockerSocket, owner, time, cancellationToken);
        var builder = new SourceBuilder(images, sandbox, new SourceFetcher(sandbox, new SourceLimits(), plan.AllowPrivateNetworks, time), new SandboxLimits()) { OpenImageBuilder = cancel => SandboxSelector.OpenImageBuilderAsync(ImageBuilderKind.Auto, sandbox, plan.DockerSocket, time, cancel) };
        return await builder.BuildAsync(statement.Specification, new BuildInputs(statement.OutputTimestamp, statement.Lock), new HttpRepository(http, new Uri($"{node.Address}/")), work, log, cancellationToken);
    }
}
