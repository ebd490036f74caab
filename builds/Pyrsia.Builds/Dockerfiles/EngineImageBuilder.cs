using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Channels;
using Pyrsia.Builds.Assembling;
using Pyrsia.Builds.Docker;
using Pyrsia.Builds.Outputs;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Builds.Dockerfiles;

/// <summary>Which of its builders an engine uses.</summary>
public enum EngineBuilder
{
    /// <summary>The one that every engine has had from the beginning: a container for each instruction.</summary>
    Classic = 1,

    /// <summary>BuildKit. It holds no build to a share of memory or processors, and what it keeps of builds the engine's own garbage collection removes.</summary>
    BuildKit = 2,
}

/// <summary>
/// Builds with a Docker engine. Bases are loaded under a name that exists on no registry and believed only when their layers are the locked ones; what was built is saved and removed, with everything that
/// came about on the way.
/// </summary>
/// <seealso href="https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image/operation/ImageBuild"/>
public sealed partial class EngineImageBuilder : IImageBuilder, IDisposable
{
    private const int CpuPeriodMicroseconds = 100_000;

    /// <summary>How long a build that is to end may take to say what it made. Cut off at once, the engine may have made an image of whose id nobody heard, and which nobody would remove.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(10);

    private readonly DockerEngine _engine;
    private readonly EngineBuilder _builder;
    private readonly TimeProvider _time;

    private EngineImageBuilder(DockerEngine engine, EngineBuilder builder, TimeProvider time) => (_engine, _builder, _time) = (engine, builder, time);

    /// <inheritdoc/>
    public string Name => _builder == EngineBuilder.BuildKit ? "buildkit" : "docker";

    /// <summary>Connects to an engine.</summary>
    /// <param name="socket">Path of its unix socket.</param>
    /// <param name="builder">Which of its builders is used.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException">No usable engine answers.</exception>
    public static async Task<EngineImageBuilder> OpenAsync(string socket, EngineBuilder builder, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return new EngineImageBuilder(await DockerEngine.ConnectAsync(socket, cancellationToken).ConfigureAwait(false), builder, time);
        }
        catch (Exception e) when (IsEngineTrouble(e))
        {
            throw new SandboxException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public async Task BuildAsync(ImageBuild build, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(build);
        using var clock = new CancellationTokenSource(build.Limits.WallClock, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, clock.Token);
        try
        {
            foreach (var (name, archive) in build.Bases) await LoadAsync(name, archive, both.Token).ConfigureAwait(false);
            using var disk = DiskWatch.Start(await _engine.RootAsync(both.Token).ConfigureAwait(false), build.ArchiveBytes, _time, both);
            try
            {
                await BuildAndSaveAsync(build, both.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (disk.IsOver)
            {
                throw new BuildFailureException(FailureReason.ResourceLimit, "The build filled more of the disk than a builder gives.");
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BuildFailureException(FailureReason.TimedOut, $"The build ran longer than {build.Limits.WallClock.TotalMinutes:0} minutes.");
        }
        catch (Exception e) when (IsEngineTrouble(e))
        {
            throw new SandboxException($"The Docker engine failed: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _engine.Dispose();

    /// <summary>Has the engine take a base in, unless it has it. It stays, as the next build's base.</summary>
    private async Task LoadAsync(string name, string archive, CancellationToken cancellationToken)
    {
        if (await _engine.FindImageAsync(name, cancellationToken).ConfigureAwait(false) is null)
        {
            await using var tar = File.OpenRead(archive);
            await _engine.LoadImagesAsync(tar, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task BuildAndSaveAsync(ImageBuild build, CancellationToken cancellationToken)
    {
        var progress = new BuildProgress(build.Log);
        try
        {
            await SendAsync(build, progress, cancellationToken).ConfigureAwait(false);
            if (progress.Image is not { } image) throw new DockerEngineException("The engine built an image and did not say which.");
            await using var file = new LimitedWriteStream(File.Create(build.OutputPath), build.ArchiveBytes);
            await _engine.SaveImageAsync(image, file, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw new BuildFailureException(FailureReason.ResourceLimit, "What the build made is larger than a builder takes.", e);
        }
        finally
        {
            var bases = new HashSet<string>(StringComparer.Ordinal);
            foreach (var name in build.Bases.Keys)
                if (await _engine.FindImageAsync(name, CancellationToken.None).ConfigureAwait(false) is { Id: var id }) bases.Add(id);
            // The newest first: one that another stands on can't be removed. A Dockerfile that changes nothing has its base as the result.
            foreach (var made in progress.Made.Reverse().Where(made => !bases.Any(id => id.Contains(made, StringComparison.Ordinal)))) await _engine.ForgetImageAsync(made, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task SendAsync(ImageBuild build, BuildProgress progress, CancellationToken cancellationToken)
    {
        var tar = Path.Combine(build.Folder, "context.tar");
        await using (var made = File.Create(tar)) await SourceArchive.WriteAsync(build.Context, made, build.Time, WholeContext, cancellationToken).ConfigureAwait(false);
        await using var context = File.OpenRead(tar);
        using var cut = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        var removing = Task.CompletedTask;
        try
        {
            await using (cancellationToken.Register(() =>
            {
                cut.CancelAfter(_builder == EngineBuilder.Classic ? EndPatience : TimeSpan.Zero);
                removing = RemoveAsync(progress.Containers);
            }))
                await _engine.BuildAsync(Query(build), context, progress.Hear, cut.Token).ConfigureAwait(false);
        }
        catch (DockerEngineException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (DockerEngineException e) when (progress.HasBegun)
        {
            build.Log.Say(e.Message);
            throw new BuildFailureException(FailureReason.BuildError, "The Dockerfile does not build; its log says why.", e);
        }
        finally
        {
            progress.End();
            await removing.ConfigureAwait(false);
        }
    }

    /// <summary>Takes the containers of a build away, those to come too: with its container gone an instruction fails, and the build with it.</summary>
    private async Task RemoveAsync(ChannelReader<string> containers)
    {
        try
        {
            await foreach (var container in containers.ReadAllAsync(CancellationToken.None).ConfigureAwait(false)) await _engine.RemoveAsync(container, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (IsEngineTrouble(e))
        {
            // The build is cut off when its patience is over.
        }
    }

    /// <summary>The source was looked at when it was fetched, with limits of its own.</summary>
    private static OutputRules WholeContext { get; } = new() { MaxEntries = int.MaxValue, MaxBytes = long.MaxValue, InnerLinks = true };

    private string Query(ImageBuild build)
    {
        var limits = build.Limits;
        (string Name, string Value)[] parameters =
        [
            ("version", Text((int)_builder)), ("dockerfile", build.Dockerfile), ("networkmode", "none"), ("nocache", "1"), ("rm", "1"), ("forcerm", "1"),
            ("memory", Text(limits.MemoryBytes)), ("memswap", Text(limits.MemoryBytes)), ("cpuperiod", Text(CpuPeriodMicroseconds)), ("cpuquota", Text((long)(limits.Cpus * CpuPeriodMicroseconds))),
            ("ulimits", JsonSerializer.Serialize([new Ulimit("nofile", limits.OpenFiles, limits.OpenFiles), new Ulimit("core", 0, 0), new Ulimit("fsize", limits.OutputBytes, limits.OutputBytes)], DockerJson.Default.UlimitArray)),
            ("buildargs", JsonSerializer.Serialize(build.Arguments, DockerJson.Default.IReadOnlyDictionaryStringString)),
        ];
        return string.Join('&', parameters.Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value)}"));
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static bool IsEngineTrouble(Exception e) => e is DockerEngineException or Google.Protobuf.InvalidProtocolBufferException or HttpRequestException or IOException or InvalidDataException or SocketException;

    /// <summary>What an engine says while it builds: words for the log, the images that it makes, the last of which is the result.</summary>
    private sealed partial class BuildProgress(BuildLog log)
    {
        private readonly BuildKitTrace _trace = new(log.Write);
        private readonly List<string> _made = [];
        private readonly Channel<string> _containers = Channel.CreateUnbounded<string>();
        private string _before = "";

        internal string? Image { get; private set; }

        /// <summary>Whether the Dockerfile was being built when something failed.</summary>
        internal bool HasBegun { get; private set; }

        internal IReadOnlyCollection<string> Made => _made;

        /// <summary>Ids of the containers in which instructions run, until <see cref="End"/>.</summary>
        internal ChannelReader<string> Containers => _containers.Reader;

        internal void End() => _containers.Writer.Complete();

        internal void Hear(ProgressLine line)
        {
            HasBegun = true;
            if (line is { Id: BuildKitTrace.LineId, Aux: { ValueKind: JsonValueKind.String } trace } && trace.TryGetBytesFromBase64(out var message)) _trace.Hear(message);
            if (line.Aux is { ValueKind: JsonValueKind.Object } aux && aux.TryGetProperty("ID", out var id) && id.GetString() is { } image && ImageId().IsMatch(image)) Add(Image = image);
            if (line.Stream is not { } said) return;
            log.Write(System.Text.Encoding.UTF8.GetBytes(said));
            if (Running().Match(said) is { Success: true } running) _containers.Writer.TryWrite(running.Groups[1].Value);
            // The image of the instruction before; that of FROM is the base, which stays.
            if (Step().Match(said) is { Success: true } made && !_before.Contains("FROM", StringComparison.Ordinal)) Add(made.Groups[1].Value);
            if (said.StartsWith("Step ", StringComparison.Ordinal)) _before = said;
        }

        private void Add(string image)
        {
            if (!_made.Contains(image)) _made.Add(image);
        }

        [GeneratedRegex(@"\A ---> ([0-9a-f]{12})\n?\z")]
        private static partial Regex Step();

        [GeneratedRegex(@"\A ---> Running in ([0-9a-f]{12})\n?\z")]
        private static partial Regex Running();

        [GeneratedRegex(@"\Asha256:[0-9a-f]{64}\z")]
        private static partial Regex ImageId();
    }
}
