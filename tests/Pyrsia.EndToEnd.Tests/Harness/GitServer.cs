using System.Diagnostics;
using System.Globalization;
using System.Net;
using Pyrsia.Testing;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>A git server on loopback: <c>git http-backend</c>, as hosts run it, behind the few lines of CGI that it needs.</summary>
public sealed class GitServer : IAsyncDisposable
{
    private const string Archive = ".tar.gz";

    private readonly HttpListener _listener = new();
    private readonly Task _serving;
    private readonly string _root;

    private GitServer(string root)
    {
        _root = root;
        // A listener of this kind takes no port 0, so a free one is asked for until it is still free when it is taken.
        while (true)
        {
            var port = FreePort.Find();
            try
            {
                _listener.Prefixes.Clear();
                _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
                _listener.Start();
                Address = $"http://127.0.0.1:{port}";
                break;
            }
            catch (HttpListenerException)
            {
                // Somebody else was faster.
            }
        }
        _serving = ServeAsync();
    }

    /// <summary>Its address, without a slash.</summary>
    public string Address { get; }

    /// <summary>Where a path leads instead, for a server that redirects; null for nowhere.</summary>
    public Func<string, string?> Redirect { get; set; } = _ => null;

    /// <summary>What every answer waits for.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Serves the bare repositories below a folder.</summary>
    public static GitServer Start(string root) => new(root);

    /// <summary>Makes a repository of files, with authors and times that never change, and serves it as <c>NAME.git</c>.</summary>
    /// <returns>The commit.</returns>
    public async Task<string> PublishAsync(string name, IReadOnlyDictionary<string, string> files, string? tag = null, Func<string, Task>? prepare = null)
    {
        var work = Path.Combine(_root, $"{name}-work");
        Directory.CreateDirectory(work);
        await GitAsync(work, "init", "-q", "-b", "main");
        foreach (var (path, content) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(work, path))!);
            await File.WriteAllTextAsync(Path.Combine(work, path), content);
        }
        if (prepare is not null) await prepare(work);
        await GitAsync(work, "add", "-A");
        await GitAsync(work, "commit", "-q", "-m", "sample");
        if (tag is not null) await GitAsync(work, "tag", tag);
        await GitAsync(_root, "clone", "-q", "--bare", work, Path.Combine(_root, $"{name}.git"));
        return (await GitAsync(work, "rev-parse", "HEAD")).Trim();
    }

    /// <summary>Serves a commit of a repository as an archive too, <c>NAME.tar.gz</c>, as hosts of git do.</summary>
    /// <returns>Its SHA-256 in hexadecimal.</returns>
    public async Task<string> ArchiveAsync(string name, string commit)
    {
        var path = Path.Combine(_root, name + Archive);
        await GitAsync(Path.Combine(_root, $"{name}-work"), "archive", $"--prefix={name}/", $"--output={path}", commit);
        return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(path)));
    }

    /// <summary>Runs git in a folder, with a fixed author and time.</summary>
    public static async Task<string> GitAsync(string folder, params string[] arguments)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["GIT_AUTHOR_NAME"] = "Sample",
            ["GIT_AUTHOR_EMAIL"] = "sample@example.org",
            ["GIT_AUTHOR_DATE"] = "1700000000 +0000",
            ["GIT_COMMITTER_NAME"] = "Sample",
            ["GIT_COMMITTER_EMAIL"] = "sample@example.org",
            ["GIT_COMMITTER_DATE"] = "1700000000 +0000",
            ["GIT_CONFIG_NOSYSTEM"] = "1",
        };
        var result = await Command.RunAsync("git", ["-C", folder, .. arguments], environment);
        return result.ExitCode == 0 ? result.Output : throw new InvalidOperationException($"git {string.Join(' ', arguments)}: {result}");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
        _listener.Close();
    }

    private async Task ServeAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true) open.Add(AnswerAsync(await _listener.GetContextAsync()));
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var (request, response) = (context.Request, context.Response);
        try
        {
            await Gate;
            if (Redirect(request.RawUrl!) is { } elsewhere)
            {
                response.Redirect(elsewhere);
                response.Close();
                return;
            }
            if (request.Url!.AbsolutePath.EndsWith(Archive, StringComparison.Ordinal)) await SendAsync(Path.Combine(_root, request.Url.AbsolutePath[1..]), response);
            else await RunBackendAsync(request, response);
        }
        catch (Exception e) when (e is HttpListenerException or IOException or ObjectDisposedException)
        {
            response.Abort(); // the client hung up
        }
    }

    private static async Task SendAsync(string path, HttpListenerResponse response)
    {
        await using (var file = File.OpenRead(path)) await file.CopyToAsync(response.OutputStream);
        response.Close();
    }

    private async Task RunBackendAsync(HttpListenerRequest request, HttpListenerResponse response)
    {
        var start = new ProcessStartInfo("git", ["http-backend"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["GIT_PROJECT_ROOT"] = _root;
        start.Environment["GIT_HTTP_EXPORT_ALL"] = "1";
        start.Environment["GIT_PROTOCOL"] = request.Headers["Git-Protocol"] ?? "";
        start.Environment["PATH_INFO"] = request.Url!.AbsolutePath;
        start.Environment["QUERY_STRING"] = request.Url.Query.TrimStart('?');
        start.Environment["REQUEST_METHOD"] = request.HttpMethod;
        start.Environment["CONTENT_TYPE"] = request.ContentType ?? "";
        start.Environment["REMOTE_ADDR"] = "127.0.0.1";
        if (request.Headers["Content-Encoding"] is { } encoding) start.Environment["HTTP_CONTENT_ENCODING"] = encoding;
        if (request.ContentLength64 >= 0) start.Environment["CONTENT_LENGTH"] = request.ContentLength64.ToString(CultureInfo.InvariantCulture);
        using var backend = Process.Start(start)!;
        var feeding = FeedAsync(request.InputStream, backend.StandardInput.BaseStream);
        await ReadHeadersAsync(backend.StandardOutput.BaseStream, response);
        await backend.StandardOutput.BaseStream.CopyToAsync(response.OutputStream);
        await feeding;
        await backend.WaitForExitAsync();
        response.Close();
    }

    private static async Task FeedAsync(Stream from, Stream to)
    {
        try
        {
            await from.CopyToAsync(to);
        }
        catch (IOException)
        {
            // The backend had read enough.
        }
        finally
        {
            to.Close();
        }
    }

    private static async Task ReadHeadersAsync(Stream output, HttpListenerResponse response)
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (await output.ReadAsync(one) == 1)
        {
            if (one[0] != '\n')
            {
                line.Add(one[0]);
                continue;
            }
            var text = System.Text.Encoding.ASCII.GetString([.. line]).TrimEnd('\r');
            line.Clear();
            if (text.Length == 0) return;
            var (name, value) = (text[..text.IndexOf(':', StringComparison.Ordinal)], text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim());
            if (name == "Status") response.StatusCode = int.Parse(value[..3], CultureInfo.InvariantCulture);
            else if (name == "Content-Type") response.ContentType = value;
            else response.Headers[name] = value;
        }
    }
}
