using System.Net.Sockets;
using Pyrsia.Builds.Assembling;
using Pyrsia.Builds.Images;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Contracts;

namespace Pyrsia.Builds.Docker;

/// <summary>
/// A sandbox made by a Docker engine: one container a run, under the engine's default system call filter. The builder image is loaded when the engine does not have it, and believed only
/// when its one layer has the image's digest.
/// </summary>
public sealed class DockerSandbox : ISandbox
{
    /// <summary>Where engines listen when nothing else is said.</summary>
    public const string DefaultSocket = "/var/run/docker.sock";

    private const string Repository = "pyrsia-builder";

    private readonly DockerEngine _engine;
    private readonly string _owner;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _loading = new(1, 1);

    private DockerSandbox(DockerEngine engine, string owner, TimeProvider time) => (_engine, _owner, _time) = (engine, owner, time);

    /// <inheritdoc/>
    public string Name => "docker";

    /// <summary>Connects to an engine, and removes the containers that an earlier program of this owner has left behind.</summary>
    /// <param name="socket">Path of the engine's unix socket.</param>
    /// <param name="owner">Who this is: a name that no other program on this engine has, and that stays the same when the program is started again.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException">No usable engine answers.</exception>
    public static async Task<DockerSandbox> OpenAsync(string socket, string owner, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(owner);
        DockerEngine? engine = null;
        try
        {
            engine = await DockerEngine.ConnectAsync(socket, cancellationToken).ConfigureAwait(false);
            foreach (var left in await engine.ListAsync(DockerContainer.OwnerLabel, owner, cancellationToken).ConfigureAwait(false)) await engine.RemoveAsync(left, cancellationToken).ConfigureAwait(false);
            return new DockerSandbox(engine, owner, time);
        }
        catch (Exception e) when (IsEngineTrouble(e))
        {
            engine?.Dispose();
            throw new SandboxException(e.Message, e);
        }
    }

    /// <summary>Has the engine load the image, unless it has it.</summary>
    public async Task PrepareAsync(BuilderImage image, CancellationToken cancellationToken)
    {
        try
        {
            await ImageAsync(image, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsEngineTrouble(e))
        {
            throw new SandboxException($"The builder image {image.Digest} is not in the Docker engine: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public async Task<SandboxResult> RunAsync(SandboxRun run, CancellationToken cancellationToken)
    {
        run.Check();
        try
        {
            var image = await ImageAsync(run.Image, cancellationToken).ConfigureAwait(false);
            // Named here, so that it can be removed also when the engine's answer does not arrive.
            var name = $"pyrsia-{Guid.NewGuid():N}";
            try
            {
                await _engine.CreateAsync(name, DockerContainer.Of(run, image, _owner), cancellationToken).ConfigureAwait(false);
                return await RunInAsync(name, run, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                await _engine.RemoveAsync(name, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (IsEngineTrouble(e))
        {
            throw new SandboxException($"The sandbox failed: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _engine.Dispose();
        _loading.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<SandboxResult> RunInAsync(string name, SandboxRun run, CancellationToken cancellationToken)
    {
        using var over = new CancellationTokenSource();
        using var attached = await _engine.AttachAsync(name, cancellationToken).ConfigureAwait(false);
        var exited = await _engine.WaitAsync(name, over.Token).ConfigureAwait(false);
        await using var monitor = new RunMonitor(run, _time, cancellationToken);
        var input = Task.CompletedTask;
        var streams = Task.CompletedTask;
        try
        {
            await _engine.StartAsync(name, cancellationToken).ConfigureAwait(false);
            input = FeedAsync(attached, monitor, over.Token);
            streams = attached.ReadAsync((stream, piece) => stream == ContainerStream.Output ? monitor.OutputAsync(piece) : monitor.LogAsync(piece), CancellationToken.None);
            var exitCode = await KillWhenStoppedAsync(name, exited, monitor.Stopped).ConfigureAwait(false);
            await streams.ConfigureAwait(false);
            var state = await _engine.InspectAsync(name, CancellationToken.None).ConfigureAwait(false);
            await over.CancelAsync().ConfigureAwait(false);
            await input.ConfigureAwait(false);
            return monitor.Finish(exitCode, state.OOMKilled, null, Enforcement.Whole, Enforcement.Whole, Enforcement.Whole);
        }
        catch
        {
            // No task may outlive what it writes to.
            await over.CancelAsync().ConfigureAwait(false);
            attached.Dispose();
            await Task.WhenAll(input, streams, exited).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private async Task<int> KillWhenStoppedAsync(string name, Task<int> exited, CancellationToken stopped)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stopped.Register(stop.SetResult).ConfigureAwait(false);
        if (await Task.WhenAny(exited, stop.Task).ConfigureAwait(false) == stop.Task) await _engine.KillAsync(name, CancellationToken.None).ConfigureAwait(false);
        return await exited.ConfigureAwait(false);
    }

    /// <summary>A container that has ended takes no more input, but its connection does not say so.</summary>
    private static async Task FeedAsync(AttachedContainer attached, RunMonitor monitor, CancellationToken over)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(monitor.Stopped, over);
        await monitor.FeedAsync(bytes => attached.SendAsync(bytes, either.Token), either.Token).ConfigureAwait(false);
        attached.EndInput();
    }

    /// <summary>Id of a builder image in the engine.</summary>
    private async Task<string> ImageAsync(BuilderImage image, CancellationToken cancellationToken)
    {
        await _loading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var name = $"{Repository}:{image.Digest.Hex}";
            if (await _engine.FindImageAsync(name, cancellationToken).ConfigureAwait(false) is { } known) return Trusted(known, image);
            if (!File.Exists(image.Archive)) throw new SandboxException($"The archive {image.Archive} of the builder image is not there.");
            var layer = new BaseLayer(new Descriptor(MediaTypes.OciLayer, image.Digest, new FileInfo(image.Archive).Length), image.Archive, image.Digest.ToString());
            await _engine.LoadAsync(new BaseImage([layer], new ImageConfig()), name, cancellationToken).ConfigureAwait(false);
            return Trusted(await _engine.FindImageAsync(name, cancellationToken).ConfigureAwait(false) ?? throw new DockerEngineException("An image that was loaded is not there."), image);
        }
        finally
        {
            _loading.Release();
        }
    }

    /// <summary>The digest of a layer is that of its tar, so the engine has the right files when it names the right one.</summary>
    private static string Trusted(ImageDetails found, BuilderImage image) => found.RootFS.Layers is [var layer] && layer == image.Digest.ToString()
        ? found.Id
        : throw new SandboxException($"The Docker engine has other files under the name {Repository}:{image.Digest.Hex}: remove that image.");

    private static bool IsEngineTrouble(Exception e) => e is DockerEngineException or HttpRequestException or IOException or InvalidDataException or SocketException;
}
