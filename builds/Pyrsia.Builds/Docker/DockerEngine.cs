using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Pyrsia.Builds.Docker;

/// <summary>A small typed client of the Docker Engine API over its unix socket: what running a container needs, and no more. Every answer is bounded before it is read.</summary>
/// <seealso href="https://docs.docker.com/reference/api/engine/version/v1.41/"/>
internal sealed class DockerEngine : IDisposable
{
    /// <summary>Longest answer in bytes; the longest asked for describes one image or lists this owner's containers.</summary>
    private const int MaxAnswerBytes = 4 << 20;

    /// <summary>Longest line of progress in bytes.</summary>
    private const int MaxLineBytes = 64 << 10;

    /// <summary>Longest line of a build's progress in bytes: what a command prints at once, with every character escaped.</summary>
    private const int MaxBuildLineBytes = 1 << 20;

    private readonly HttpClient _http;
    private readonly string _socket;
    private readonly string _prefix;

    private DockerEngine(HttpClient http, string socket, ApiVersion version) => (_http, _socket, _prefix, Version) = (http, socket, $"/v{version}", version);

    /// <summary>The version that is spoken.</summary>
    internal ApiVersion Version { get; }

    /// <summary>Connects and agrees on a version.</summary>
    /// <exception cref="DockerEngineException">Nobody answers there, or no version is common.</exception>
    internal static async Task<DockerEngine> ConnectAsync(string socket, CancellationToken cancellationToken)
    {
        var handler = new SocketsHttpHandler { ConnectCallback = async (_, cancel) => new NetworkStream(await DialAsync(socket, cancel).ConfigureAwait(false), ownsSocket: true), UseProxy = false, AllowAutoRedirect = false };
        var http = new HttpClient(handler) { BaseAddress = new Uri("http://docker/"), Timeout = Timeout.InfiniteTimeSpan };
        try
        {
            using var answer = await http.GetAsync(new Uri("/_ping", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            var version = ApiVersion.Agree(answer.Headers.TryGetValues("Api-Version", out var named) ? named.FirstOrDefault() : null);
            return new DockerEngine(http, socket, version);
        }
        catch (HttpRequestException e)
        {
            http.Dispose();
            throw new DockerEngineException(
                e.InnerException is SocketException { SocketErrorCode: SocketError.AccessDenied } ? $"This user may not use the Docker engine at {socket}: add it to the socket's group." : $"No Docker engine answers at {socket}.", e);
        }
        catch
        {
            http.Dispose();
            throw;
        }
    }

    /// <summary>Makes a container.</summary>
    internal async Task CreateAsync(string name, ContainerSpec spec, CancellationToken cancellationToken)
    {
        using var body = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(spec, DockerJson.Default.ContainerSpec));
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await SendRawAsync(HttpMethod.Post, $"/containers/create?name={Uri.EscapeDataString(name)}", body, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes a container's three streams; to be called before it is started, so that nothing is missed.</summary>
    internal async Task<AttachedContainer> AttachAsync(string container, CancellationToken cancellationToken)
    {
        var connection = await DialAsync(_socket, cancellationToken).ConfigureAwait(false);
        return await AttachedContainer.UpgradeAsync(connection, $"{_prefix}/containers/{container}/attach?stream=1&stdin=1&stdout=1&stderr=1", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Starts a container.</summary>
    internal Task StartAsync(string container, CancellationToken cancellationToken) => SendAsync(HttpMethod.Post, $"/containers/{container}/start", cancellationToken);

    /// <summary>Begins to wait for a container's next end. The engine has the order when the outer task is done.</summary>
    /// <returns>A task for the exit code.</returns>
    internal async Task<Task<int>> WaitAsync(string container, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_prefix}/containers/{container}/wait?condition=next-exit");
        var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        return ExitAsync();

        async Task<int> ExitAsync()
        {
            using (answer) return (await ReadAsync(answer, DockerJson.Default.ContainerExit, cancellationToken).ConfigureAwait(false)).StatusCode;
        }
    }

    /// <summary>Ends a container at once; nothing happens when it has ended already.</summary>
    internal async Task KillAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            await SendAsync(HttpMethod.Post, $"/containers/{container}/kill?signal=KILL", cancellationToken).ConfigureAwait(false);
        }
        catch (DockerEngineException e) when (e.Status is HttpStatusCode.Conflict or HttpStatusCode.NotFound)
        {
            // It has ended by itself.
        }
    }

    /// <summary>A container's state.</summary>
    internal async Task<ContainerState> InspectAsync(string container, CancellationToken cancellationToken) =>
        (await SendAsync(HttpMethod.Get, $"/containers/{container}/json", null, DockerJson.Default.ContainerDetails, cancellationToken).ConfigureAwait(false)).State;

    /// <summary>Ends and removes a container with its volumes; nothing happens when it is gone.</summary>
    internal async Task RemoveAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            await SendAsync(HttpMethod.Delete, $"/containers/{container}?force=1&v=1", cancellationToken).ConfigureAwait(false);
        }
        catch (DockerEngineException e) when (e.Status is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            // Gone, or somebody else's removal is under way.
        }
    }

    /// <summary>Ids of all containers with a label, whatever their state.</summary>
    internal async Task<IReadOnlyList<string>> ListAsync(string label, string value, CancellationToken cancellationToken)
    {
        var filter = JsonSerializer.Serialize(new ContainerFilter([$"{label}={value}"]), DockerJson.Default.ContainerFilter);
        var listed = await SendAsync(HttpMethod.Get, $"/containers/json?all=1&filters={Uri.EscapeDataString(filter)}", null, DockerJson.Default.IReadOnlyListListedContainer, cancellationToken).ConfigureAwait(false);
        // The label is looked at again: what this list names is removed.
        return [.. listed.Where(c => c.Labels?.GetValueOrDefault(label) == value).Select(c => c.Id)];
    }

    /// <summary>An image; null when the engine does not have it.</summary>
    internal async Task<ImageDetails?> FindImageAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await SendAsync(HttpMethod.Get, $"/images/{name}/json", null, DockerJson.Default.ImageDetails, cancellationToken).ConfigureAwait(false);
        }
        catch (DockerEngineException e) when (e.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Takes images from a tar as <c>docker save</c> writes it.</summary>
    internal Task LoadImagesAsync(Stream tar, CancellationToken cancellationToken) => SendTarAsync("/images/load?quiet=1", tar, cancellationToken);

    /// <summary>Builds an image of a Dockerfile.</summary>
    /// <param name="query">How, as the interface has it.</param>
    /// <param name="context">The tar of what COPY takes from, with the Dockerfile.</param>
    /// <param name="hear">Takes each line of what the engine says.</param>
    /// <param name="cancellationToken">Gives up: the engine ends a build whose asker is gone.</param>
    internal async Task BuildAsync(string query, Stream context, Action<ProgressLine> hear, CancellationToken cancellationToken)
    {
        using var body = new StreamContent(context);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/x-tar");
        using var answer = await SendRawAsync(HttpMethod.Post, $"/build?{query}", body, cancellationToken).ConfigureAwait(false);
        await EngineProgress.ReadAsync(await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), MaxBuildLineBytes, cancellationToken, hear).ConfigureAwait(false);
    }

    /// <summary>Writes an image as <c>docker save</c> does.</summary>
    internal async Task SaveImageAsync(string image, Stream into, CancellationToken cancellationToken)
    {
        using var answer = await SendRawAsync(HttpMethod.Get, $"/images/{image}/get", null, cancellationToken).ConfigureAwait(false);
        await answer.Content.CopyToAsync(into, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes an image by id; nothing happens when it is gone, or something stands on it.</summary>
    internal async Task ForgetImageAsync(string image, CancellationToken cancellationToken)
    {
        try
        {
            await SendAsync(HttpMethod.Delete, $"/images/{image}?force=1", cancellationToken).ConfigureAwait(false);
        }
        catch (DockerEngineException e) when (e.Status is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            // Removed with another, or in use by it.
        }
    }

    /// <summary>Where the engine keeps what it has.</summary>
    internal async Task<string> RootAsync(CancellationToken cancellationToken) => (await SendAsync(HttpMethod.Get, "/info", null, DockerJson.Default.EngineInfo, cancellationToken).ConfigureAwait(false)).DockerRootDir;

    /// <summary>Forgets an image's name, and the image when it was the last.</summary>
    internal Task RemoveImageAsync(string name, CancellationToken cancellationToken) => SendAsync(HttpMethod.Delete, $"/images/{name}", cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static async Task<Socket> DialAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task SendTarAsync(string path, Stream tar, CancellationToken cancellationToken)
    {
        using var body = new StreamContent(tar);
        // With another content type the engine drops the body and says 200.
        body.Headers.ContentType = new MediaTypeHeaderValue("application/x-tar");
        using var answer = await SendRawAsync(HttpMethod.Post, path, body, cancellationToken).ConfigureAwait(false);
        await EngineProgress.ReadAsync(await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), MaxLineBytes, cancellationToken).ConfigureAwait(false);
    }

    private async Task SendAsync(HttpMethod method, string path, CancellationToken cancellationToken)
    {
        using var answer = await SendRawAsync(method, path, null, cancellationToken).ConfigureAwait(false);
    }

    private async Task<T> SendAsync<T>(HttpMethod method, string path, HttpContent? body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var answer = await SendRawAsync(method, path, body, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(answer, type, cancellationToken).ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> SendRawAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, _prefix + path) { Content = body };
        var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        if (answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.NotModified) return answer;
        using (answer)
        {
            var status = answer.StatusCode;
            string? message = null;
            try
            {
                message = JsonSerializer.Deserialize(await BoundedAsync(answer, cancellationToken).ConfigureAwait(false), DockerJson.Default.EngineError)?.Message;
            }
            catch (JsonException)
            {
                // The status has to do.
            }
            throw new DockerEngineException($"The Docker engine answered {(int)status}: {message ?? "no reason given"}", status);
        }
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage answer, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        try
        {
            return JsonSerializer.Deserialize(await BoundedAsync(answer, cancellationToken).ConfigureAwait(false), type) ?? throw new DockerEngineException("The Docker engine answered with nothing.");
        }
        catch (JsonException e)
        {
            throw new DockerEngineException("The Docker engine's answer can't be read.", e);
        }
    }

    private static async Task<byte[]> BoundedAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using var all = new MemoryStream();
        var buffer = new byte[16 << 10];
        while (await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var read and > 0)
        {
            if (all.Length + read > MaxAnswerBytes) throw new DockerEngineException($"The Docker engine's answer is longer than {MaxAnswerBytes} bytes.");
            all.Write(buffer, 0, read);
        }
        return all.ToArray();
    }
}
