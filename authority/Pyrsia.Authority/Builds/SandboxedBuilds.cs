using Pyrsia.Builds;
using Pyrsia.Builds.Images;
using Pyrsia.Builds.Outputs;
using Pyrsia.Builds.Packages;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Builds.Sources;
using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Node.Artifacts;
using Pyrsia.Node.Builds;
using Pyrsia.Node.Hosting;
using Pyrsia.Node.Maven;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Packages;

namespace Pyrsia.Authority.Builds;

/// <summary>Builds from source in this machine's sandbox, with dependencies from this authority's own node, and keeps outputs and log in its store.</summary>
internal sealed class SandboxedBuilds : ISourceBuilds, IReadiness, IAsyncDisposable
{
    private const string SandboxFolder = "sandbox";

    private readonly BuilderOptions _options;
    private readonly BuilderImageStore _images;
    private readonly NodeRepository _node;
    private readonly ContentStore _store;
    private readonly BuildLogs _logs;
    private readonly string _folder;
    private readonly bool _isTestNetwork;
    private readonly string _authority;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _opening = new(1, 1);
    private ISandbox? _sandbox;
    private volatile string? _trouble;

    /// <summary>Joins the parts. What an earlier process left in the working folder is removed.</summary>
    internal SandboxedBuilds(
        BuilderOptions options, string folder, string authority, bool isTestNetwork, MavenRepository repository, ArtifactService artifacts, ContentStore store, BuildLogs logs, TimeProvider time)
    {
        (_options, _folder, _authority, _isTestNetwork, _store, _logs, _time) = (options, folder, authority, isTestNetwork, store, logs, time);
        (_images, _node) = (new BuilderImageStore(options.ImagesDirectory), new NodeRepository(repository, artifacts));
        if (!Directory.Exists(folder)) return;
        // The sandbox ends what still runs by what it wrote down there, and only then removes it.
        foreach (var left in Directory.EnumerateDirectories(folder).Where(left => Path.GetFileName(left) != SandboxFolder)) Directory.Delete(left, recursive: true);
    }

    /// <summary>Why this authority, which has builder images, can build nothing; null while nobody has found it so.</summary>
    public string? Trouble => _trouble;

    /// <inheritdoc/>
    public BuildOffer? Offer => _options.Sandbox is { } kind && _images.List().Select(image => image.Digest.ToString()).ToArray() is { Length: > 0 } images
        ? new BuildOffer(_authority, _sandbox?.Name ?? kind.ToString().ToLowerInvariant(), [.. PackageTypes.All.Where(type => type.IsBuilt && (!type.BuildsImages || SandboxSelector.HasImageBuilder(kind, _options.ImageBuilder))).Select(type => type.Names.Type)], images)
        : null;

    /// <inheritdoc/>
    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        if (Offer is null) return;
        var sandbox = await SandboxAsync(cancellationToken);
        foreach (var image in _images.List()) await sandbox.PrepareAsync(image, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<BuildInputs> PlanAsync(RequestState request, CancellationToken cancellationToken) => WorkAsync(
        request, "plan", (builder, folder, log) => builder.PlanAsync(request.Request.Specification!, _node, folder, log, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<ResultStatement> BuildAsync(RequestState request, Func<BuildRun> finish, CancellationToken cancellationToken) => WorkAsync<ResultStatement>(
        request,
        "build",
        async (builder, folder, log) =>
        {
            var (specification, plan) = (request.Request.Specification!, request.Plan!);
            var built = await builder.BuildAsync(specification, new BuildInputs(plan.OutputTimestamp, plan.Lock), _node, folder, log, cancellationToken);
            if (built.Files.Sum(f => f.Size) > request.Request.MaxBytes) throw new BuildFailureException(FailureReason.LimitExceeded, $"The outputs have more than the {request.Request.MaxBytes} bytes that the request allows.");
            var outputs = new List<ArtifactOutput>();
            foreach (var file in built.Files) outputs.Add(await KeepAsync(PackageTypes.Find(specification.PackageType)!.Names, file, cancellationToken));
            var packages = await _store.AddAsync(new MemoryStream(built.Packages, writable: false), null, built.Packages.Length, cancellationToken);
            foreach (var output in outputs) log.Say($"built {output.Name} {output.Digest}");
            var logDigest = await KeepLogAsync(log, cancellationToken);
            var (sandbox, platform) = builder.Surroundings;
            return new SourceBuildStatement(
                finish(), request.Request.Coordinate, specification, plan.OutputTimestamp, plan.Lock, sandbox, platform, packages.Digest, logDigest, ArtifactOutput.InOrder(outputs));
        },
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_sandbox is not null) await _sandbox.DisposeAsync();
        _opening.Dispose();
    }

    private async Task<T> WorkAsync<T>(RequestState request, string pass, Func<SourceBuilder, string, BuildLog, Task<T>> work, CancellationToken cancellationToken)
    {
        if (Offer is null) throw new BuildFailureException(FailureReason.ToolNotAllowed, "This authority builds nothing from source: it has no builder image, or is told not to.");
        var folder = Path.Combine(_folder, $"{request.Id.ToString()[..16]}-{pass}");
        DurableFile.CreateDirectory(folder);
        using var log = _logs.Begin(request.Id);
        try
        {
            var sandbox = await SandboxAsync(cancellationToken);
            log.Say($"{request.Request.Reference} with {request.Request.Specification!.BuilderImage} in {sandbox.Name}");
            var builder = new SourceBuilder(_images, sandbox, new SourceFetcher(sandbox, new SourceLimits(), _isTestNetwork, _time), new SandboxLimits())
            {
                OpenImageBuilder = cancel => SandboxSelector.OpenImageBuilderAsync(_options.ImageBuilder, sandbox, _options.DockerSocket, _time, cancel),
            };
            return await work(builder, folder, log);
        }
        catch (BuildFailureException e)
        {
            log.Say(e.Message);
            throw new BuildFailureException(e.Reason, e.Message, e) { Log = await KeepLogAsync(log, cancellationToken) };
        }
        finally
        {
            _logs.End(request.Id);
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<ArtifactOutput> KeepAsync(IPackageNames names, OutputFile file, CancellationToken cancellationToken)
    {
        await using var content = File.OpenRead(file.Path);
        var stored = await _store.AddAsync(content, null, content.Length, cancellationToken);
        return new ArtifactOutput(stored.Digest, stored.Size, names.MediaType(file.Name), stored.ChunkSize, stored.ChunkRoot, file.Name);
    }

    private async Task<Digest> KeepLogAsync(BuildLog log, CancellationToken cancellationToken)
    {
        await using var content = new FileStream(log.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return (await _store.AddAsync(content, null, BuildLog.MaxBytes, cancellationToken)).Digest;
    }

    private async Task<ISandbox> SandboxAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            _sandbox ??= await SandboxSelector.OpenAsync(
                _options.Sandbox!.Value, Path.Combine(_folder, SandboxFolder), _options.DockerSocket, $"pyrsia-authority-{_authority}", _time, cancellationToken);
            _trouble = null;
            return _sandbox;
        }
        catch (Exception e) when (e is IOException or SandboxException)
        {
            _trouble = $"this authority has builder images but no sandbox that works: {e.Message}";
            throw;
        }
        finally
        {
            _opening.Release();
        }
    }
}
