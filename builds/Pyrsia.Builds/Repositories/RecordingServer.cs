using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pyrsia.Builds.Sources;

namespace Pyrsia.Builds.Repositories;

/// <summary>
/// A repository on a unix socket for a sandbox that resolves dependencies: it serves what the folder's source has, and the folder keeps every file that was served.
/// Indexes are not served: a build that asks for one has a version that it does not pin.
/// </summary>
public sealed class RecordingServer : IAsyncDisposable
{
    private readonly RepositoryFolder _folder;
    private readonly WebApplication _app;

    private RecordingServer(RepositoryFolder folder, WebApplication app)
    {
        _folder = folder;
        _app = app;
    }

    /// <summary>Whether an index was asked for.</summary>
    public bool AskedForMetadata { get; private set; }

    /// <summary>Begins to serve.</summary>
    public static async Task<RecordingServer> StartAsync(RepositoryFolder folder, string socketPath, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [] });
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(socketPath));
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        var server = new RecordingServer(folder, app);
        app.Run(server.AnswerAsync);
        await app.StartAsync(cancellationToken).ConfigureAwait(false);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(socketPath, UnixSocket.Mode);
        return server;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var path = (context.Request.Path.Value ?? "").TrimStart('/');
        context.Response.StatusCode = await StatusAsync(context, path).ConfigureAwait(false);
        if (context.Response.StatusCode != StatusCodes.Status200OK) return;
        var file = new FileInfo(_folder.PathOf(path));
        context.Response.ContentLength = file.Length;
        if (HttpMethods.IsGet(context.Request.Method)) await context.Response.SendFileAsync(file.FullName, context.RequestAborted).ConfigureAwait(false);
    }

    private async Task<int> StatusAsync(HttpContext context, string path)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method)) return StatusCodes.Status405MethodNotAllowed;
        if (RepositoryFolder.IsMetadata(path))
        {
            AskedForMetadata = true;
            return StatusCodes.Status404NotFound;
        }
        if (RepositoryFolder.IsSideFile(path)) return Provenance.Entries.ArtifactOutput.IsName(path) && File.Exists(_folder.PathOf(path)) ? StatusCodes.Status200OK : StatusCodes.Status404NotFound;
        return await _folder.GetAsync(path).ConfigureAwait(false) switch
        {
            RepositoryAnswer.Found => StatusCodes.Status200OK,
            RepositoryAnswer.NotFound => StatusCodes.Status404NotFound,
            RepositoryAnswer.Refused => StatusCodes.Status403Forbidden,
            _ => StatusCodes.Status503ServiceUnavailable,
        };
    }
}
