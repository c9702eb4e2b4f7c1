# The segmentation service. Built from the root of the repository:
#   docker build -f deploy/containers/segmentation.Dockerfile -t event-segmentation/segmentation .

FROM mcr.microsoft.com/dotnet/sdk:10.0-alpine AS build
WORKDIR /src
# What the restore depends on, first: while it stays the same, the packages come from the layer below.
COPY global.json Directory.Build.props Directory.Packages.props ./
COPY services/Directory.Build.props services/
COPY contracts/EventSegmentation.Contracts.csproj contracts/
COPY services/access/EventSegmentation.Access.csproj services/access/
COPY services/evaluation/EventSegmentation.Evaluation.csproj services/evaluation/
COPY services/segmentation/EventSegmentation.Segmentation.csproj services/segmentation/
RUN dotnet restore services/segmentation/EventSegmentation.Segmentation.csproj
# The rules of the code are part of the build.
COPY .editorconfig ./
COPY contracts contracts
COPY services/access services/access
COPY services/evaluation services/evaluation
COPY services/segmentation services/segmentation
RUN dotnet publish services/segmentation/EventSegmentation.Segmentation.csproj -c Release --no-restore -p:UseAppHost=false -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0-alpine
# Segments name IANA time zones, which the image does not know by itself.
RUN apk add --no-cache tzdata
WORKDIR /app
COPY --from=build /app .
# The image would set ASPNETCORE_HTTP_PORTS; one of the two is enough.
ENV ASPNETCORE_HTTP_PORTS= \
    ASPNETCORE_URLS=http://+:8080
EXPOSE 8080
# The account without rights that the base image brings, by number, so that Kubernetes can see that it is not root.
USER 1654
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/health/ready"]
ENTRYPOINT ["dotnet", "EventSegmentation.Segmentation.dll"]
