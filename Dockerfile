FROM python:3.11-slim
RUN useradd --create-home funnel && mkdir /data && chown funnel /data
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
USER funnel
ENV FUNNEL_DATA_DIR=/data
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=60s --start-period=30s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/health', timeout=20)"]
CMD ["streamlit", "run", "serve.py", "--server.headless", "true", "--server.address", "0.0.0.0", "--server.port", "8501"]
